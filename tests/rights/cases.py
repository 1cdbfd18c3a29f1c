"""Calls that must be allowed, and abuses that must be denied, each by its name."""

from __future__ import annotations

from dataclasses import dataclass, field

ACCOUNT = "123456789012"
ANN, BOB = "userpool/" + "a" * 64 + "/", "userpool/" + "b" * 64 + "/"
HOMES, DATA, MODELS, OTHER = "lab-pose-home", "lab-data", "lab-models", "lab-payroll"
PERSON, FLEET, BROKER = "person", "fleet", "broker"
KEY = f"{ANN}projects/openfield-1a2b3c4d/config.yaml"


@dataclass(frozen=True)
class Case:
    """One request: who, what, on which resource, and what the service knows beside."""

    name: str
    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict)
    who: str = PERSON


def thing(bucket: str, key: str = "") -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def listing(name: str, bucket: str, prefix: str | None, action: str = "s3:ListBucket", who: str = PERSON) -> Case:
    return Case(name, action, thing(bucket), {} if prefix is None else {"s3:prefix": prefix}, who)


ALLOWED = [
    listing("list a data prefix", DATA, "openfield/"),
    listing("list below a data prefix", DATA, "openfield/2018/mouse4/"),
    Case("read a recording", "s3:GetObject", thing(DATA, "openfield/2018/m4.mp4")),
    Case("read a recording with a star in its name", "s3:GetObject", thing(DATA, "openfield/a b*c.mp4")),
    listing("list shared models", MODELS, ""),
    Case("write a shared model", "s3:PutObject", thing(MODELS, "unet/best.ckpt")),
    listing("list the own home", HOMES, ANN),
    listing("list the own projects", HOMES, f"{ANN}projects/"),
    listing("list the own versions", HOMES, f"{ANN}projects/", "s3:ListBucketVersions"),
    Case("read an own label", "s3:GetObject", thing(HOMES, KEY)),
    Case("read an earlier version", "s3:GetObjectVersion", thing(HOMES, KEY)),
    Case("save a label", "s3:PutObject", thing(HOMES, KEY)),
    Case("go on with an own upload", "s3:ListMultipartUploadParts", thing(HOMES, KEY)),
    Case("give an own upload up", "s3:AbortMultipartUpload", thing(HOMES, KEY)),
    Case("is the home versioned", "s3:GetBucketVersioning", thing(HOMES)),
    listing("a mount lists data", DATA, "openfield/", who=FLEET),
    Case("a mount reads data", "s3:GetObject", thing(DATA, "openfield/2018/m4.mp4"), who=FLEET),
    Case("the broker looks at sessions", "appstream:DescribeSessions", "*", who=BROKER),
    Case("the broker hands out", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/person", who=BROKER),
]

DENIED = [
    listing("another person's prefix", HOMES, BOB),
    Case("read another person's label", "s3:GetObject", thing(HOMES, f"{BOB}projects/x/config.yaml")),
    Case("read another person's version", "s3:GetObjectVersion", thing(HOMES, f"{BOB}projects/x/config.yaml")),
    Case("write into another home", "s3:PutObject", thing(HOMES, f"{BOB}projects/x/config.yaml")),
    Case("delete in another home", "s3:DeleteObject", thing(HOMES, f"{BOB}projects/x/config.yaml")),
    listing("list all homes", HOMES, "userpool/"),
    listing("list the root of the homes", HOMES, ""),
    listing("list the homes without a prefix", HOMES, None),
    listing("list the versions of all homes", HOMES, "", "s3:ListBucketVersions"),
    listing("a prefix that begins like the own", HOMES, ANN.rstrip("/")),
    Case("a home that begins like the own", "s3:GetObject", thing(HOMES, f"{ANN.rstrip('/')}x/config.yaml")),
    Case("a key beside the home", "s3:PutObject", thing(HOMES, "index.html")),
    Case("the own home under another sign-in", "s3:PutObject", thing(HOMES, f"custom/{'a' * 64}/x")),
    Case("delete an own version", "s3:DeleteObjectVersion", thing(HOMES, KEY)),
    Case("delete an own object", "s3:DeleteObject", thing(HOMES, KEY)),
    Case("tag an own object", "s3:PutObjectTagging", thing(HOMES, KEY)),
    Case("tag an own version", "s3:PutObjectVersionTagging", thing(HOMES, KEY)),
    Case("open an own object to the world", "s3:PutObjectAcl", thing(HOMES, KEY)),
    Case("lift a retention", "s3:BypassGovernanceRetention", thing(HOMES, KEY)),
    Case("set a legal hold", "s3:PutObjectLegalHold", thing(HOMES, KEY)),
    Case("the open uploads of everybody", "s3:ListBucketMultipartUploads", thing(HOMES)),
    Case("the parts of another's upload", "s3:ListMultipartUploadParts", thing(HOMES, f"{BOB}x.slp")),
    Case("abort another's upload", "s3:AbortMultipartUpload", thing(HOMES, f"{BOB}x.slp")),
    Case(
        "copy source: another home",
        "s3:GetObject",
        thing(HOMES, f"{BOB}x.slp"),
        {"s3:x-amz-copy-source": f"{HOMES}/{BOB}x.slp"},
    ),
    Case(
        "copy target: another home",
        "s3:PutObject",
        thing(HOMES, f"{BOB}x.slp"),
        {"s3:x-amz-copy-source": f"{HOMES}/{KEY}"},
    ),
    Case("change the bucket's policy", "s3:PutBucketPolicy", thing(HOMES)),
    Case("delete the bucket's policy", "s3:DeleteBucketPolicy", thing(HOMES)),
    Case("switch versioning off", "s3:PutBucketVersioning", thing(HOMES)),
    Case("change the lifecycle", "s3:PutLifecycleConfiguration", thing(HOMES)),
    Case("change the encryption", "s3:PutEncryptionConfiguration", thing(HOMES)),
    Case("lift the public access block", "s3:PutBucketPublicAccessBlock", thing(HOMES)),
    Case("replicate the homes away", "s3:PutReplicationConfiguration", thing(HOMES)),
    Case("delete the bucket", "s3:DeleteBucket", thing(HOMES)),
    Case("make a bucket", "s3:CreateBucket", thing("somewhere-else")),
    Case("list all buckets", "s3:ListAllMyBuckets", "*"),
    Case("write a recording", "s3:PutObject", thing(DATA, "openfield/2018/m4.mp4")),
    Case("delete a recording", "s3:DeleteObject", thing(DATA, "openfield/2018/m4.mp4")),
    Case("an older version of a recording", "s3:GetObjectVersion", thing(DATA, "openfield/2018/m4.mp4")),
    listing("the root of the data bucket", DATA, ""),
    listing("data that is not offered", DATA, "unpublished/"),
    Case("read what is not offered", "s3:GetObject", thing(DATA, "unpublished/m5.mp4")),
    Case("a prefix that begins like the data", "s3:GetObject", thing(DATA, "openfield-private/m5.mp4")),
    Case("delete a shared model", "s3:DeleteObject", thing(MODELS, "unet/best.ckpt")),
    listing("another bucket of the account", OTHER, ""),
    Case("read another bucket of the account", "s3:GetObject", thing(OTHER, "2026.xlsx")),
    Case(
        "the service's own home folders",
        "s3:GetObject",
        thing(f"appstream2-36fb080bb8-us-west-2-{ACCOUNT}", "user/userpool/x"),
    ),
    Case("take the person's role again", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/person"),
    Case("who is on", "appstream:DescribeSessions", "*"),
    Case("end another's session", "appstream:ExpireSession", "*"),
    Case("make a role", "iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/mine"),
    Case(
        "call the broker's function directly",
        "lambda:InvokeFunction",
        f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:broker",
    ),
    Case("the fleet reads a home", "s3:GetObject", thing(HOMES, KEY), who=FLEET),
    Case("the fleet lists homes", "s3:ListBucket", thing(HOMES), {"s3:prefix": ANN}, FLEET),
    Case("the fleet writes a home", "s3:PutObject", thing(HOMES, KEY), who=FLEET),
    Case("the fleet writes data", "s3:PutObject", thing(DATA, "openfield/x"), who=FLEET),
    Case("the fleet takes a person's role", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/person", who=FLEET),
    Case("the broker reads a home", "s3:GetObject", thing(HOMES, KEY), who=BROKER),
    Case("the broker ends a session", "appstream:ExpireSession", "*", who=BROKER),
    Case("the broker takes an admin's role", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin", who=BROKER),
]

#: Without a broker every instance may do what any person may: apart by convention only, and nothing beyond that.
CONVENTION_ONLY = {
    *(
        "another person's prefix",
        "read another person's label",
        "read another person's version",
        "write into another home",
    ),
    *(
        "list all homes",
        "list the root of the homes",
        "list the homes without a prefix",
        "list the versions of all homes",
    ),
    *("a prefix that begins like the own", "a home that begins like the own", "a key beside the home"),
    *("the own home under another sign-in", "the parts of another's upload", "abort another's upload"),
    *("copy source: another home", "copy target: another home"),
}
