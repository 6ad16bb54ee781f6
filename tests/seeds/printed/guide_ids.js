const file_uid = crypto.randomUUID(); // or use Firebase Admin SDK
const user_id = context.auth.uid; // from authenticated user
