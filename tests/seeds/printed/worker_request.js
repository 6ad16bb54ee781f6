const generateContent = async (prompt, userId) => {
  const fileUid = generateUUID();
  
  // Start listening for updates
  const unsubscribe = listenToGeneration(userId, fileUid);
  
  // Make API request
  const response = await fetch('{{RUNPOD}}/{{ENDPOINT_ID}}/run', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      input: {
        task_type: 'text2img',
        prompt: prompt,
        user_id: userId,
        file_uid: fileUid,
        use_cloud_storage: true
      }
    })
  });
  
  return { fileUid, unsubscribe };
};
