systemctl restart kubelet.service
