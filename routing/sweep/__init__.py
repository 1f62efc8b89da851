"""The sweep: collects what areas have filed, in fair order, and delivers it to the departments it concerns."""
