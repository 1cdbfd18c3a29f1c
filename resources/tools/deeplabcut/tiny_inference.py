# noqa: INP001 - run by path, in the tool's own environment
"""A ResNet-50 with a heat map head, configured by DeepLabCut itself for three body parts; for `tools check`."""


def one_picture(torch, device):
    """The shape of the heat maps of one colour picture."""
    from deeplabcut.pose_estimation_pytorch.config import PoseConfig, PoseMetadata
    from deeplabcut.pose_estimation_pytorch.models import PoseModel

    project = PoseMetadata(project_path="nowhere", bodyparts=["a", "b", "c"], individuals=["one"]).to_dict_legacy()
    config = PoseConfig.build(project, "nowhere", net_type="resnet_50", top_down=False)
    model = PoseModel.build(config["model"], pretrained_backbone=False).to(device).eval()
    return model(torch.zeros(1, 3, 64, 64, device=device))["bodypart"]["heatmap"].shape
