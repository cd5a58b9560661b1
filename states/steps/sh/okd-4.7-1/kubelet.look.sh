systemctl show kubelet.service -p LoadState -p ActiveState -p InvocationID
