"""Media copies of Deluxe contracts: an area written to disc images, term by term; downloaded, burned, posted."""
