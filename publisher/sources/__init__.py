"""The sources that come with Tickcast. Others are found by entry point (`publisher.source`)."""
