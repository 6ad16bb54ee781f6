// React Native / JavaScript example
import { onSnapshot, doc } from 'firebase/firestore';

const listenToGeneration = (userId, fileUid) => {
  const docRef = doc(db, 'generations', userId, '{{MEDIA_TYPE}}', fileUid);
  
  return onSnapshot(docRef, (doc) => {
    if (doc.exists()) {
      const data = doc.data();
      
      if (data.status === 'completed') {
        // Files are ready!
        const fileUrls = data.generation_data.images || [data.generation_data.video_url];
        displayFiles(fileUrls);
      } else if (data.status === 'processing') {
        showLoadingIndicator();
      }
    }
  });
};
