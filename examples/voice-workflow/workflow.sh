#!/usr/bin/env bash
# A voice's way through production for a client that calls RunPod by itself: clone and speak there, save and list here, play.
#
#   examples/voice-workflow/workflow.sh recording.wav      # some seconds of speech; beside `make start`
#
# At another local stack: FIREPOD_URL, AUTH_URL, RUNPOD_URL. In production FIREPOD_URL, ID_TOKEN (of a user of your app),
# RUNPOD_URL=https://api.runpod.ai/v2, VOICE_ENDPOINT, TTS_ENDPOINT, and RUNPOD_API_KEY, which belongs on a server of yours and
# never into a page.
set -euo pipefail

recording=$1
api=${FIREPOD_URL:-http://127.0.0.1:5005}/api
auth=${AUTH_URL:-http://127.0.0.1:9099}/identitytoolkit.googleapis.com/v1
runpod=${RUNPOD_URL:-http://127.0.0.1:8900/v2}
secrets=$(dirname "$0")/../../functions/.secret.local
key=${RUNPOD_API_KEY:-$(sed -n 's/^RUNPOD_API_KEY=//p' "$secrets" | tr -d "\"'")}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

of() { python3 -c "import json, sys; found = json.load(sys.stdin)$1; print(found if isinstance(found, str) else json.dumps(found))"; }
post() { curl -sS --fail-with-body "$1" -H "Authorization: Bearer $2" -H "Content-Type: application/json" --data-binary @-; }
get() { curl -sS --fail-with-body "$1" -H "Authorization: Bearer $token"; }

guest() { curl -sS "$auth/accounts:signUp?key=any" -H "Content-Type: application/json" -d '{"returnSecureToken": true}' | of '["idToken"]'; }
token=${ID_TOKEN:-$(guest)}

# Clone at RunPod. The answer holds the sample, the profile, and an id that it proposes.
printf '{"input": {"voice_name": "John Doe", "audio_base64": "%s"}}' "$(base64 < "$recording" | tr -d '\n')" |
  post "$runpod/${VOICE_ENDPOINT:-local-voice}/runsync" "$key" | of '["output"]' > "$folder/voice.json"

# Save: the answer as it is.
voice_id=$(post "$api/voices/save" "$token" < "$folder/voice.json" | of '["voice_id"]')
echo "saved $voice_id, which RunPod called $(of '["voice_id"]' < "$folder/voice.json")"

# Speak at RunPod, with the voice of the library.
profile=$(get "$api/voices/$voice_id" | of '["metadata"]["firebase_urls"]["profile_url"]')
printf '{"input": {"voice_id": "%s", "profile_url": "%s", "text": "Hello, this is a test..."}}' "$voice_id" "$profile" |
  post "$runpod/${TTS_ENDPOINT:-local-tts}/runsync" "$key" | of '["output"]' > "$folder/speech.json"

# Save.
generation_id=$(post "$api/tts/save" "$token" < "$folder/speech.json" | of '["generation_id"]')
echo "saved $generation_id, which RunPod called $(of '["generation_id"]' < "$folder/speech.json")"

# The library, and playback from Storage.
echo "voices: $(get "$api/voices" | of '["voices"][0]["voice_id"]')"
echo "speech: $(get "$api/tts/generations" | of '["generations"][0]["generation_id"]')"
curl -sS --fail-with-body -o spoken.wav "$(get "$api/tts/generations/$generation_id/firebase" | of '["tts_url"]')"
echo "spoken.wav"
