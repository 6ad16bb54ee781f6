// Listen for video updates
const videosRef = collection(db, 'generations', user.uid, 'videos');
onSnapshot(videosRef, (snapshot) => {
  snapshot.docChanges().forEach((change) => {
    if (change.type === 'modified') {
      const data = change.doc.data();
      if (data.generated && data.status === 'completed') {
        // Video is ready! Show video_url
        console.log('Video ready:', data.generation_data.video_url);
      }
    }
  });
});

// Listen for image updates  
const imagesRef = collection(db, 'generations', user.uid, 'images');
onSnapshot(imagesRef, (snapshot) => {
  snapshot.docChanges().forEach((change) => {
    if (change.type === 'modified') {
      const data = change.doc.data();
      if (data.generated && data.status === 'completed') {
        // Images are ready! Show image_urls
        console.log('Images ready:', data.generation_data.image_urls);
      }
    }
  });
});
