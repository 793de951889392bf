"""What happens to frames and answers on their way."""

from dataclasses import dataclass


@dataclass
class NetworkConditions:
    """What happens between the panel and its clients.

    Attributes:
        delay: Seconds by which frames are late.
        copies: How often each frame comes.
        part: How much of each frame comes.
        swap: Whether each second frame about a server overtakes the one before it.
        lose_answers: Whether POSTs about servers are done, but cut off in place of their answers.
        proxy: The status with which a proxy answers a request that takes longer than `proxy_timeout`; None for no
            proxy.
        proxy_timeout: Seconds that the proxy waits. The panel goes on without it.
    """

    delay: float = 0
    copies: int = 1
    part: float = 1
    swap: bool = False
    lose_answers: bool = False
    proxy: int | None = None
    proxy_timeout: float = 60.0
