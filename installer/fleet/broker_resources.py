"""The broker's part of the template: a function behind an address that only the fleet's own network reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from installer.rights import broker_function
from installer.rights.policies import HOME_TAG, broker_policy, home_form, home_root, person_policy
from launcher.config.site import Site

Resource = dict[str, Any]
RUNTIME = "python3.13"


def broker_resources(site: Site) -> Resource:
    """Function, roles, private address and its network endpoint."""
    return {**_roles(site), **_function(site), **_network(site), **_address()}


def broker_outputs() -> Resource:
    """What the admin writes into `[broker] url`."""
    host = "${BrokerApi}-${BrokerEndpoint}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
    return {"BrokerUrl": {"Value": {"Fn::Sub": f"https://{host}/session"}}}


def _roles(site: Site) -> Resource:
    hands_out = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::GetAtt": ["BrokerRole", "Arn"]}},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    runs = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "PersonRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [hands_out]},
                "MaxSessionDuration": 3600,
                "Policies": [{"PolicyName": "person", "PolicyDocument": person_policy(site)}],
            },
        },
        "BrokerRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [runs]}},
        },
        # Apart from the role: the two roles name each other.
        "BrokerRights": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "broker", "Roles": [{"Ref": "BrokerRole"}], "PolicyDocument": _rights()},
        },
    }


def _rights() -> Resource:
    policy = broker_policy({"Fn::GetAtt": ["PersonRole", "Arn"]})
    logs = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": {"Fn::GetAtt": ["BrokerLog", "Arn"]},
    }
    return {**policy, "Statement": [*policy["Statement"], logs]}


def _function(site: Site) -> Resource:
    return {
        "Broker": {
            "Type": "AWS::Lambda::Function",
            "DependsOn": "BrokerRights",
            "Properties": {
                "Description": "Per-person credentials and the real end of a session",
                "Runtime": RUNTIME,
                "Handler": "index.handler",
                "Timeout": 20,
                "MemorySize": 256,
                "Role": {"Fn::GetAtt": ["BrokerRole", "Arn"]},
                "Code": {"ZipFile": Path(broker_function.__file__).read_text(encoding="utf-8")},
                "Environment": {"Variables": _settings(site)},
                "LoggingConfig": {"LogGroup": {"Ref": "BrokerLog"}},
            },
        },
        "BrokerLog": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"RetentionInDays": 90},
        },
    }


def _settings(site: Site) -> Resource:
    return {
        "ENDPOINT": {"Ref": "BrokerEndpoint"},
        "FLEET": site.fleet.name,
        "STACKS": site.fleet.stack,
        "HOME_FORM": home_form(site),
        "HOME_ROOT": str(home_root(site)),
        "HOME_TAG": HOME_TAG,
        "PERSON_ROLE": {"Fn::GetAtt": ["PersonRole", "Arn"]},
    }


def _network(site: Site) -> Resource:
    from_fleet = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "SourceSecurityGroupId": {"Fn::GetAtt": ["FleetSecurityGroup", "GroupId"]},
    }
    return {
        "BrokerSecurityGroup": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {
                "GroupDescription": "Broker endpoint, reached from the fleet alone",
                "VpcId": site.fleet.vpc,
                "SecurityGroupIngress": [from_fleet],
            },
        },
        "BrokerEndpoint": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcEndpointType": "Interface",
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.execute-api"},
                "VpcId": site.fleet.vpc,
                "SubnetIds": list(site.fleet.subnets),
                "SecurityGroupIds": [{"Fn::GetAtt": ["BrokerSecurityGroup", "GroupId"]}],
                "PrivateDnsEnabled": False,
            },
        },
    }


def _address() -> Resource:
    only_here = {"StringEquals": {"aws:SourceVpce": {"Ref": "BrokerEndpoint"}}}
    ask = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/session/GET/"}
    called = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${BrokerApi}/session/GET/"
    run = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Broker.Arn}/invocations"
    api = {"RestApiId": {"Ref": "BrokerApi"}}
    method = {
        "ResourceId": {"Fn::GetAtt": ["BrokerApi", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": run}},
    }
    permission = {
        "FunctionName": {"Ref": "Broker"},
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": called},
    }
    return {
        "BrokerApi": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Name": {"Fn::Sub": "${AWS::StackName}-broker"},
                "EndpointConfiguration": {"Types": ["PRIVATE"], "VpcEndpointIds": [{"Ref": "BrokerEndpoint"}]},
                "Policy": {"Version": "2012-10-17", "Statement": [{**ask, "Condition": only_here}]},
            },
        },
        "BrokerMethod": {"Type": "AWS::ApiGateway::Method", "Properties": {**api, **method}},
        "BrokerDeployment": {"Type": "AWS::ApiGateway::Deployment", "DependsOn": "BrokerMethod", "Properties": api},
        "BrokerStage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {**api, "DeploymentId": {"Ref": "BrokerDeployment"}, "StageName": "session"},
        },
        "BrokerPermission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
    }
