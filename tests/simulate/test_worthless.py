"""Traffic in which nothing is to be learned can be made from every seed."""

from streams.simulate.traffic import simulate


def test_every_seed_has_a_worthless_world() -> None:
    """Two goals with the same words are no reason to fail, nor to make one worth learning."""
    for seed in range(20):
        traffic = simulate(40, 20, seed, worthless=True)
        assert sum(event.turn is not None for event in traffic) >= 40
        assert traffic.truth(users_min=1).learnable == ()
