// Create voice clone
const response = await fetch('/api/voices/clone', {
  method: 'POST',
  body: formData
});

const result = await response.json();
const firebaseUrl = result.metadata.firebase_urls.sample_url;

// Use Firebase URL directly
const audio = new Audio(firebaseUrl);
audio.play();
