"""Between gateways: changes of streams that another gateway has, and the list of gateways."""
