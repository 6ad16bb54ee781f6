// Your main app can directly access files
const voiceSampleUrl = "{{SAMPLE_URL}}";
const ttsUrl = "{{TTS_URL}}";

// Play audio directly
const audio = new Audio(voiceSampleUrl);
audio.play();
