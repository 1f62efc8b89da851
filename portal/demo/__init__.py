"""`make demo`: the whole main job on real images, through a real server and the real capture client."""
