"""From the video signal to a still: sources, the freeze button, JPEG with management data, a phantom to try it on."""
