module sojourn.dev/dev/cluster/devcluster

go 1.26.0
