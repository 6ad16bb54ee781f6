#!/usr/bin/env bash
# A walk through the REST API with curl, against the stack that `make start` runs: a guest signs up, makes a picture,
# makes another one of it, looks at what there is, and deletes everything.
#
#   examples/curl.sh [PORT_OFFSET]
set -euo pipefail
offset=${1:-0}
api=http://127.0.0.1:$((5005 + offset))/api
auth=http://127.0.0.1:$((9099 + offset))/identitytoolkit.googleapis.com/v1
json="Content-Type: application/json"
# `field .a.b[0]` of the JSON on stdin
field() { python3 -c 'import json, re, sys
value = json.load(sys.stdin)
for name, number in re.findall(r"(\w+)|\[(\d+)\]", sys.argv[1]):
    value = value[name] if name else value[int(number)]
print(value)' "$1"; }

# An app has the token from `await user.getIdToken()`.
token=$(curl -sf -X POST "$auth/accounts:signUp?key=any" -H "$json" -d '{"returnSecureToken": true}' | field .idToken)
me="Authorization: Bearer $token"

echo "A picture; the answer waits for it up to 50 seconds:"
picture=$(curl -sf -X POST "$api/generations" -H "$me" -H "$json" -H "Prefer: wait=50" -H "Idempotency-Key: first-$$" \
  -d '{"task_type": "text2img", "prompt": "a lighthouse at sunset", "width": 512, "height": 512}')
field .generation_data.image_url <<<"$picture"

echo "Another one that begins with it, without waiting:"
start=$(field '.generation_data.outputs[0].path' <<<"$picture")
self=$(curl -sf -X POST "$api/generations" -H "$me" -H "$json" \
  -d "{\"task_type\": \"img2img\", \"init_image\": \"$start\", \"prompt\": \"the same at night\", \"width\": 512, \"height\": 512}" |
  field .urls.self)
until [[ $(curl -sf "${api%/api}$self" -H "$me" | field .status) =~ ^(completed|failed|cancelled)$ ]]; do sleep 0.5; done
curl -sf "${api%/api}$self" -H "$me" | field .status

echo "What is left of today, and what there is:"
curl -sf "$api/quota" -H "$me" | field .daily
curl -sf "$api/generations?limit=5" -H "$me" | python3 -c 'import json, sys
for one in json.load(sys.stdin)["generations"]: print(one["created_at"], one["status"], one["request_data"]["prompt"])'

echo "Everything of this guest's is deleted:"
curl -sf -X DELETE "$api/me" -H "$me"
echo
