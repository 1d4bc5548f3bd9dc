import asyncio, time, cProfile, pstats
from tests.fixtures.scim import Scim
from collections import Counter
async def test_prof(scim: Scim, tenant) -> None:
    pr = cProfile.Profile()
    for _ in range(3): await scim.get("/Users")
    t0=time.perf_counter(); c0=time.process_time(); 
    pr.enable()
    for i in range(40):
        await scim.user(f"p{i}@corp.example", externalId=str(i))
    pr.disable()
    n=40
    print("POST", n/(time.perf_counter()-t0), "rps; cpu ms/req", (time.process_time()-c0)/n*1000)
    pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
    t0=time.perf_counter(); c0=time.process_time()
    for i in range(40): await scim.get("/Users", filter=f'userName eq "p{i}@corp.example"')
    print("GET", n/(time.perf_counter()-t0), "rps; cpu ms/req", (time.process_time()-c0)/n*1000)
