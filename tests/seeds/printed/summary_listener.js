onSnapshot(videosRef, (snapshot) => {
  snapshot.docChanges().forEach((change) => {
    if (change.type === 'modified') {
      const data = change.doc.data();
      if (data.generated && data.status === 'completed') {
        // New video ready!
        showVideo(data.generation_data.video_url);
      }
    }
  });
});
