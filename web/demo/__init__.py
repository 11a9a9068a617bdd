"""Demo data: two counties on their real regions, made-up people at every post, tasks in every state.

A composition root: it uses the actions of all packages as pages do, and is loaded only where ``XIANGZHI_DEMO`` allows it.
"""
