# noqa: INP001 - run by path, in the tool's own environment
"""A ResNet-18 with Lightning Pose's heat map head for three key points; for `tools check`."""


def one_picture(torch, device):
    """The shape of the heat maps of one colour picture."""
    from lightning_pose.models import HeatmapTracker

    model = HeatmapTracker(num_keypoints=3, backbone="resnet18", pretrained=False, image_size=128).to(device).eval()
    return model(torch.zeros(1, 3, 128, 128, device=device)).shape
