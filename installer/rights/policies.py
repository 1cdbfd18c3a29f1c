"""Policies from the site file: data read-only, a person only their own home prefix, nothing else.

A person's role is one for all; who it is comes from a session tag that the broker sets, so that the policy stays small
whatever the number of people (a session policy of its own could not hold many buckets).
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from typing import Any

from launcher.config.site import Site
from launcher.storage.uri import S3Uri

Policy = dict[str, Any]
VERSION = "2012-10-17"
#: The session tag that holds a person's home prefix without its bucket, such as `userpool/9f…/`.
HOME_TAG = "pose-home"
OWN_HOME = f"${{aws:PrincipalTag/{HOME_TAG}}}"
READ = ["s3:GetObject"]
WRITE = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
READ_OWN = [*READ, "s3:GetObjectVersion"]
#: What nobody on an instance may do to a bucket, whatever another policy of the account says.
NEVER = [
    *("s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutObjectAcl"),
    *("s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration", "s3:DeleteBucket"),
    *("s3:PutBucketPublicAccessBlock", "s3:PutObjectTagging", "s3:PutReplicationConfiguration"),
    *("s3:BypassGovernanceRetention", "s3:PutObjectVersionTagging", "s3:PutObjectLegalHold"),
]  # fmt: skip


def person_policy(site: Site, partition: str = "aws") -> Policy:
    """What the broker's credentials allow: the data of the site, and one person's home."""
    home = home_root(site)
    own = f"{_literal(home.key)}{OWN_HOME}"
    bucket = _bucket_arn(home, partition)
    statements = [
        *data_statements(site, partition),
        _allow("ListOwnHome", ["s3:ListBucket", "s3:ListBucketVersions"], [bucket], prefixes=[own, f"{own}*"]),
        _allow("KnowVersioning", ["s3:GetBucketVersioning"], [bucket]),
        _allow("OwnHome", [*READ_OWN, *WRITE], [f"{bucket}/{own}*"]),
        _deny_never(),
    ]
    return {"Version": VERSION, "Statement": statements}


def fleet_policy(site: Site, partition: str = "aws") -> Policy:
    """What every instance may do: read data for its mounts; without a broker also the homes of everybody.

    The service gives all sessions of a fleet one role, so without a broker people are apart by convention only.
    """
    statements = data_statements(site, partition)
    if not has_broker(site):
        home = home_root(site)
        bucket, root = _bucket_arn(home, partition), _literal(home.key)
        narrowed = {"prefixes": [root, f"{root}*"]} if root else {}
        statements += [
            _allow("ListHomes", ["s3:ListBucket", "s3:ListBucketVersions"], [bucket], **narrowed),
            _allow("KnowVersioning", ["s3:GetBucketVersioning"], [bucket]),
            _allow("Homes", [*READ_OWN, *WRITE], [f"{bucket}/{root}*"]),
        ]
    return {"Version": VERSION, "Statement": [*statements, _deny_never()]}


def broker_policy(person_role_arn: Any) -> Policy:
    """What the broker may do: look at sessions, and hand out the person's role. The service knows no narrower form."""
    return {
        "Version": VERSION,
        "Statement": [
            _allow("LookAtSessions", ["appstream:DescribeSessions", "appstream:DescribeFleets"], ["*"]),
            _allow("HandOut", ["sts:AssumeRole", "sts:TagSession"], [person_role_arn]),
        ],
    }


def deadline_policy(ends: str) -> Policy:
    """The session policy of one person's credentials: they end with the session, which may be before they would."""
    condition = {"DateLessThan": {"aws:CurrentTime": ends}}
    return {
        "Version": VERSION,
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}],
    }


def bucket_policy(both: Sequence[Any], roles: Sequence[Any]) -> Policy:
    """For a bucket and its objects: encrypted transport only, and the past is out of reach for instances and people."""
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    named = {"AWS": list(roles)}
    everything = {"Principal": "*", "Action": "s3:*", "Resource": list(both), "Condition": insecure}
    past = {"Principal": named, "Action": NEVER, "Resource": list(both)}
    return {
        "Version": VERSION,
        "Statement": [
            {"Sid": "OnlyEncrypted", "Effect": "Deny", **everything},
            {"Sid": "KeepThePast", "Effect": "Deny", **past},
        ],
    }


def has_broker(site: Site) -> bool:
    """There is one, or this site makes one."""
    return bool(site.broker.url) or site.fleet.broker


def home_root(site: Site) -> S3Uri:
    """The part of `[home] uri` that is the same for everybody."""
    return S3Uri.parse(site.home.uri[: _first_field(site.home.uri)].rpartition("/")[0] + "/")


def home_form(site: Site) -> str:
    """The rest of it, with its places for who the person is."""
    return site.home.uri[len(str(home_root(site))) :]


def _first_field(template: str) -> int:
    fields = [text for text, name, _, _ in string.Formatter().parse(template) if name is not None]
    return len(fields[0]) if fields else len(template.rstrip("/")) - len(template.rstrip("/").rpartition("/")[2])


def data_statements(site: Site, partition: str) -> list[dict[str, Any]]:
    """Listing and reading of every data bucket, writing of those that the site offers as writable."""
    reading = [S3Uri.parse(bucket.uri) for bucket in site.bucket]
    writing = [S3Uri.parse(bucket.uri) for bucket in site.bucket if bucket.access == "writable"]
    statements = [_list(index, where, partition) for index, where in enumerate(reading)]
    statements += [_allow("ReadData", READ, _objects(reading, partition))] if reading else []
    statements += [_allow("WriteData", WRITE, _objects(writing, partition))] if writing else []
    return statements


def _list(index: int, where: S3Uri, partition: str) -> dict[str, Any]:
    prefixes = [_literal(where.key), f"{_literal(where.key)}*"] if where.key else None
    return _allow(f"ListData{index}", ["s3:ListBucket"], [_bucket_arn(where, partition)], prefixes=prefixes)


def _objects(places: Iterable[S3Uri], partition: str) -> list[str]:
    return [f"{_bucket_arn(where, partition)}/{_literal(where.key)}*" for where in places]


def _bucket_arn(where: S3Uri, partition: str) -> str:
    return f"arn:{partition}:s3:::{where.bucket}"


def _literal(key: str) -> str:
    """A key in which `*`, `?` and `$` mean themselves."""
    return key.replace("$", "${$}").replace("*", "${*}").replace("?", "${?}")


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[Any], *, prefixes: Sequence[str] | None = None
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    if prefixes:
        statement["Condition"] = {"StringLike": {"s3:prefix": list(prefixes)}}
    return statement


def _deny_never() -> dict[str, Any]:
    return {"Sid": "Never", "Effect": "Deny", "Action": NEVER, "Resource": ["*"]}
