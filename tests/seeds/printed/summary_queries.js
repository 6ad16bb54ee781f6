// Get all videos for user
const videosRef = collection(db, 'generations', userId, 'videos');

// Get all images for user  
const imagesRef = collection(db, 'generations', userId, 'images');
