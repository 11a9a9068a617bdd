"""What pages and other packages read of the main job. Each query names its answer."""
