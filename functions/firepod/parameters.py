"""The parameters of a deployment (docs/contract.md, 7), as the Firebase CLI asks for them."""

from firebase_functions.params import BoolParam, IntParam, SecretParam, StringParam

from firepod.domain.generation import MediaType
from firepod.models import parameters as models
from firepod.settings import MediaUrls, WorkerDelivery

REGION = "us-central1"

RUNPOD_API_KEY = SecretParam(
    "RUNPOD_API_KEY",
    label="RunPod API key",
    description="From RunPod's settings; it needs to start, read and cancel jobs of the endpoints.",
)
WEBHOOK_KEYS = SecretParam(
    "WEBHOOK_KEYS",
    label="Keys of the callback URLs",
    description="kid:key[,kid:key], at least 24 random characters a key. The first one signs.",
)
SECRETS = [RUNPOD_API_KEY.name, WEBHOOK_KEYS.name]

RUNPOD_BASE_URL = StringParam(
    "RUNPOD_BASE_URL",
    default="https://api.runpod.ai/v2",
    label="RunPod's API",
    description="An https URL of a host and a path, nothing else.",
)


def _endpoint(name: str, makes: str) -> StringParam:
    return StringParam(
        name,
        default="",
        label=f"RunPod endpoint for {makes}",
        description=f"The id of the Serverless endpoint for {makes}. Empty: there is none.",
    )


ENDPOINTS = {
    name: _endpoint(name, makes)
    for name, makes in (
        (models.OF_MEDIA[MediaType.IMAGES], "pictures of our worker"),
        (models.OF_MEDIA[MediaType.VIDEOS], "videos of our worker"),
        (models.OF_MEDIA[MediaType.VOICES], "voices of our worker"),
        (models.OF_MEDIA[MediaType.TTS], "speech of our worker"),
        (models.SDXL, "RunPod's worker-sdxl"),
        (models.COMFYUI, "RunPod's worker-comfyui"),
    )
}
MODELS = StringParam(
    "MODELS",
    default=models.DEFAULT,
    label="Table of models",
    description="The path of a TOML file, from where main.py is, with what can be asked for.",
)
RESULT_HOSTS = StringParam(
    "RESULT_HOSTS",
    default="",
    label="Hosts of ready workers' results",
    description="Where workers of RunPod's Hub upload, as bucket.s3.amazonaws.com, with commas.",
)
WEBHOOK_BASE_URL = StringParam(
    "WEBHOOK_BASE_URL",
    default="",
    label="Callback URL",
    description="Where RunPod calls back. Empty: the deployed function runpodwebhook.",
)
WORKER_DELIVERY = StringParam(
    "WORKER_DELIVERY",
    default=WorkerDelivery.UPLOAD_URLS,
    label="How workers deliver",
    description="upload_urls: they hold no keys. credentials: they write to Firebase themselves.",
)
MEDIA_URLS = StringParam(
    "MEDIA_URLS",
    default=MediaUrls.TOKEN,
    label="URLs of results",
    description="token: Firebase download URLs. signed: they expire. public: open to everybody.",
)
SIGNED_URL_HOURS = IntParam(
    "SIGNED_URL_HOURS",
    default=168,
    label="Hours that signed URLs work",
    description="With MEDIA_URLS=signed. A week at most, which is Google's own bound.",
)
MAX_ACTIVE_PER_USER = IntParam(
    "MAX_ACTIVE_PER_USER",
    default=4,
    label="Running generations of a user",
    description="How many generations of one user may run at a time.",
)
MAX_DAILY_PER_USER = IntParam(
    "MAX_DAILY_PER_USER",
    default=200,
    label="Units of a user in a day",
    description="A unit is one default picture; dearer requests weigh more. Days are UTC.",
)
MAX_DAILY_PER_GUEST = IntParam(
    "MAX_DAILY_PER_GUEST",
    default=20,
    label="Units of a guest in a day",
    description="What an anonymous user may use. 0: guests may not generate.",
)
MAX_DAILY_TOTAL = IntParam(
    "MAX_DAILY_TOTAL",
    default=0,
    label="Units of all users in a day",
    description="When they are used up, nothing starts until midnight UTC. 0: no limit.",
)
CHECK_REVOKED = BoolParam(
    "CHECK_REVOKED",
    default=True,
    label="Ask whether accounts are still good",
    description="Calls that spend refuse deleted, disabled and signed-out users at once.",
)
MAX_CALLS_PER_SECOND = IntParam(
    "MAX_CALLS_PER_SECOND",
    default=20,
    label="Calls of a user in a second",
    description="Of one instance, cheap ones too. A second's worth may come at once.",
)
EXECUTION_TIMEOUT_SECONDS = IntParam(
    "EXECUTION_TIMEOUT_SECONDS",
    default=600,
    label="Longest run",
    description="Seconds after which RunPod stops a job that runs.",
)
QUEUE_TTL_SECONDS = IntParam(
    "QUEUE_TTL_SECONDS",
    default=3600,
    label="Longest wait",
    description="Seconds that a job may wait for a GPU.",
)
RECONCILE_AFTER_SECONDS = IntParam(
    "RECONCILE_AFTER_SECONDS",
    default=60,
    label="First look at a job",
    description="Seconds after which RunPod is asked, if no callback came. Later looks space out.",
)
RETENTION_DAYS = IntParam(
    "RETENTION_DAYS",
    default=0,
    label="Days that generations are kept",
    description="After them a generation and its files are deleted. 0: kept for ever.",
)
UPLOAD_RETENTION_HOURS = IntParam(
    "UPLOAD_RETENTION_HOURS",
    default=24,
    label="Hours that unused uploads are kept",
    description="After them an upload that no generation uses goes, whatever RETENTION_DAYS says.",
)
CORS_ORIGINS = StringParam(
    "CORS_ORIGINS",
    default="*",
    label="Web apps that may call",
    description="Origins such as https://app.example, separated by commas. * alone: any.",
)
ENFORCE_APP_CHECK = BoolParam(
    "ENFORCE_APP_CHECK",
    default=False,
    label="Only verified apps",
    description="Refuse calls without a valid App Check token.",
)
