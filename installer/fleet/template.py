"""The site's CloudFormation template: a pure function of the site file.

Data buckets are the lab's and never made or changed here. Buckets that are made outlive the template.
"""

from __future__ import annotations

import json
from typing import Any

from installer.fleet.broker_resources import broker_outputs, broker_resources
from installer.rights.policies import Policy, bucket_policy, fleet_policy, has_broker, home_root
from launcher import errors
from launcher.config.site import Site

Resource = dict[str, Any]
#: What CloudFormation takes in one request.
LARGEST = 51_200
LEAST_KEPT_DAYS = 30
#: A fleet that is fuller than this makes room before the next person comes.
FULL_PERCENT, ALARM_PERCENT = 75, 95


def template(site: Site) -> Resource:
    """The whole template. Raises `BadUsage` where the site file does not say enough."""
    refuse_unsaid(site)
    resources = {**_buckets(site), **_fleet(site), **_scaling(site), **_alarms(site)}
    outputs: Resource = {"HomeBucket": {"Value": home_root(site).bucket}}
    if has_broker(site):
        resources |= broker_resources(site)
        outputs |= broker_outputs()
    image = {"Type": "String", "Default": site.fleet.image, "AllowedPattern": "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Pose Launcher: {site.title or site.fleet.name}",
        "Parameters": {
            "ImageName": image,
            "MakeHomeBucket": {"Type": "String", "Default": "yes", "AllowedValues": ["yes", "no"]},
        },
        "Conditions": {"MakesHomeBucket": {"Fn::Equals": [{"Ref": "MakeHomeBucket"}, "yes"]}},
        "Resources": resources,
        "Outputs": outputs,
    }


def text_of(made: Resource) -> str:
    """As CloudFormation takes it."""
    text = json.dumps(made, indent=1)
    return text if len(text) <= LARGEST else json.dumps(made, separators=(",", ":"))


def refuse_unsaid(site: Site) -> None:
    """Everything that a template needs has to be said."""
    needed = {name: getattr(site.fleet, name) for name in ("name", "stack", "image", "instance_type", "vpc", "subnets")}
    missing = [name for name, value in needed.items() if not value]
    if not site.session.max_minutes:
        missing.append("[session] max_minutes")
    if missing or site.fleet.maximum < site.fleet.minimum:
        raise errors.BadUsage(
            ", ".join(missing) or "minimum is larger than maximum",
            title="The site file does not say enough about the fleet",
            hint="Nothing was changed. Complete the table [fleet]; docs/admin-contract.md shows it.",
        )


def _buckets(site: Site) -> Resource:
    bucket = {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{home_root(site).bucket}"}
    objects = {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{home_root(site).bucket}/*"}
    roles: list[Any] = [{"Fn::GetAtt": ["InstanceRole", "Arn"]}]
    if has_broker(site):
        roles.append({"Fn::GetAtt": ["PersonRole", "Arn"]})
    blocks = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    return {
        "HomeBucket": {
            "Type": "AWS::S3::Bucket",
            "Condition": "MakesHomeBucket",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BucketName": home_root(site).bucket,
                "VersioningConfiguration": {"Status": "Enabled"},
                "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
                "PublicAccessBlockConfiguration": dict.fromkeys(blocks, True),
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "LifecycleConfiguration": {"Rules": _lifecycle(site)},
            },
        },
        "HomeBucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Condition": "MakesHomeBucket",
            "Properties": {"Bucket": {"Ref": "HomeBucket"}, "PolicyDocument": bucket_policy([bucket, objects], roles)},
        },
    }


def _lifecycle(site: Site) -> list[Resource]:
    """Leftovers of broken uploads go; what was replaced stays as long as the site promises."""
    days = max(LEAST_KEPT_DAYS, site.save.keep_days)
    return [
        {"Id": "LeftoverParts", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        {"Id": "Replaced", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": days}},
    ]


def _fleet(site: Site) -> Resource:
    fleet = site.fleet
    groups = [{"Fn::GetAtt": ["FleetSecurityGroup", "GroupId"]}, *fleet.security_groups]
    return {
        "FleetSecurityGroup": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "Instances of the pose fleet", "VpcId": fleet.vpc},
        },
        "InstanceRole": _role("appstream.amazonaws.com", fleet_policy(site)),
        "Fleet": {
            "Type": "AWS::AppStream::Fleet",
            "Properties": {
                "Name": fleet.name,
                "ImageName": {"Ref": "ImageName"},
                "InstanceType": fleet.instance_type,
                "FleetType": "ON_DEMAND",
                "ComputeCapacity": {"DesiredInstances": max(1, fleet.minimum)},
                "VpcConfig": {"SubnetIds": list(fleet.subnets), "SecurityGroupIds": groups},
                "IamRoleArn": {"Fn::GetAtt": ["InstanceRole", "Arn"]},
                "StreamView": fleet.view.upper(),
                "EnableDefaultInternetAccess": False,
                **_time_outs(site),
            },
        },
        "Stack": {
            "Type": "AWS::AppStream::Stack",
            "Properties": {"Name": fleet.stack, "StorageConnectors": [{"ConnectorType": "HOMEFOLDERS"}]},
        },
        "Association": {
            "Type": "AWS::AppStream::StackFleetAssociation",
            "Properties": {"FleetName": {"Ref": "Fleet"}, "StackName": {"Ref": "Stack"}},
        },
    }


def _time_outs(site: Site) -> Resource:
    """Idle means no mouse and no keyboard: a training run counts as idle, so it is off unless the site says so."""
    session = site.session
    made: Resource = {
        "MaxUserDurationInSeconds": min(432_000, max(600, session.max_minutes * 60)),
        "IdleDisconnectTimeoutInSeconds": session.idle_minutes * 60,
    }
    if session.disconnect_minutes:
        made["DisconnectTimeoutInSeconds"] = min(36_000, session.disconnect_minutes * 60)
    return made


def _scaling(site: Site) -> Resource:
    target = {
        "ServiceNamespace": "appstream",
        "ResourceId": {"Fn::Sub": "fleet/${Fleet}"},
        "ScalableDimension": "appstream:fleet:DesiredCapacity",
    }
    follow = {
        "TargetValue": FULL_PERCENT,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "AppStreamAverageCapacityUtilization"},
    }
    return {
        "Capacity": {
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {**target, "MinCapacity": site.fleet.minimum, "MaxCapacity": site.fleet.maximum},
        },
        "Scaling": {
            "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
            "Properties": {
                "PolicyName": {"Fn::Sub": "${Fleet}-utilization"},
                "PolicyType": "TargetTrackingScaling",
                "ScalingTargetId": {"Ref": "Capacity"},
                "TargetTrackingScalingPolicyConfiguration": follow,
            },
        },
    }


def _alarms(site: Site) -> Resource:
    made: Resource = {
        "NoCapacity": _alarm("InsufficientCapacityError", 0, "People were sent away: no instance was free."),
        "NearlyFull": _alarm("CapacityUtilization", ALARM_PERCENT, "Nearly every instance is in use."),
    }
    if site.fleet.alarm_email:
        by_mail = [{"Protocol": "email", "Endpoint": site.fleet.alarm_email}]
        for alarm in made.values():
            alarm["Properties"]["AlarmActions"] = [{"Ref": "Alarms"}]
        made["Alarms"] = {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": by_mail}}
    return made


def _alarm(metric: str, above: int, words: str) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": words,
            "Namespace": "AWS/AppStream",
            "MetricName": metric,
            "Dimensions": [{"Name": "Fleet", "Value": {"Ref": "Fleet"}}],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": above,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        },
    }


def _role(service: str, policy: Policy) -> Resource:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "own", "PolicyDocument": policy}],
        },
    }
