// For video generation
await admin.firestore()
  .collection('generations')
  .doc(user_id)
  .collection('videos')
  .doc(file_uid)
  .set({
    status: 'queued',
    created_at: admin.firestore.FieldValue.serverTimestamp(),
    request_data: {
      prompt: prompt,
      // ... other parameters
    },
    file_uid: file_uid,
    user_id: user_id
  });
