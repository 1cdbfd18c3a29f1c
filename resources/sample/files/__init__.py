"""The sample as files, as DeepLabCut and SLEAP write theirs."""
