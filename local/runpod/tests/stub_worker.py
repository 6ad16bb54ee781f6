"""A worker of few milliseconds: takes jobs by the environment's URLs and does as they say."""

import json
import os
import sys
import urllib.request


def main() -> None:
    take = os.environ["RUNPOD_WEBHOOK_GET_JOB"]
    done = os.environ["RUNPOD_WEBHOOK_POST_OUTPUT"].replace(
        "$RUNPOD_POD_ID", os.environ["RUNPOD_POD_ID"]
    )
    sys.stdout.write(f"hello from {os.environ['RUNPOD_ENDPOINT_ID']}\n")
    while True:
        with urllib.request.urlopen(f"{take}&job_in_progress=0") as response:
            if response.status == 204:
                continue
            job = json.load(response)
        if "exit" in job["input"]:
            sys.exit(job["input"]["exit"])
        body = json.dumps({"output": os.getpid(), **job["input"]}).encode()
        url = done.replace("$ID", job["id"]) + "&isStream=false"
        urllib.request.urlopen(url, data=body).close()


if __name__ == "__main__":
    main()
