const runpodResponse = await fetch('{{RUNPOD}}/{{ENDPOINT_ID}}/runsync', {
  method: 'POST',
  headers: {
    'Authorization': `Bearer ${RUNPOD_API_KEY}`,
    'Content-Type': 'application/json'
  },
  body: JSON.stringify({
    input: {
      prompt: prompt,
      user_id: user_id,           // ← Required: Firebase user ID
      file_uid: file_uid,         // ← Required: Generated file UID
      use_cloud_storage: true,    // ← Required: Enable cloud storage
      {{OTHER_PARAMETERS}} // ... other generation parameters
    }
  })
});
