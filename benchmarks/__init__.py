"""Side-by-side measurements that anyone can rerun."""
