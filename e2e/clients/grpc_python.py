# Calls the target that it is given over and over, and writes a line for each call: who answered, or the error.
import sys
import time

import grpc

with grpc.insecure_channel(sys.argv[1]) as channel:
    call = channel.unary_unary("/test.Echo/Name")
    while True:
        try:
            answer = call(b"", timeout=10).decode()
        except grpc.RpcError as error:
            answer = f"error: {error.code()} {error.details()}"
        print(answer, flush=True)
        time.sleep(0.001)
