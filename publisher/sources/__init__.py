"""The sources that come with Tickcast; others are found by entry point (`publisher.source`)."""
