import numpy as np
import pytest

from wincls.network.initializers import INITIALIZERS, SmallRandom, Xavier


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_are_fan_out_by_fan_in_and_follow_the_seed(name):
    draw = INITIALIZERS[name]().draw
    W = draw(np.random.default_rng(1), 8, 20)
    assert W.shape == (8, 20)
    assert np.array_equal(W, draw(np.random.default_rng(1), 8, 20))
    assert not np.array_equal(W, draw(np.random.default_rng(2), 8, 20))


# sqrt(6 / (fan_in + fan_out)): sqrt(6/6), sqrt(6/24), sqrt(6/600)
@pytest.mark.parametrize(("fan_out", "fan_in", "bound"), [(2, 4, 1.0), (4, 20, 0.5), (300, 300, 0.1)])
def test_xavier_is_uniform_within_its_bound(fan_out, fan_in, bound):
    rng = np.random.default_rng(0)
    W = np.concatenate([Xavier().draw(rng, fan_out, fan_in).ravel() for _ in range(2000 // fan_out)])
    assert np.abs(W).max() <= bound
    assert np.abs(W).max() > 0.99 * bound
    assert abs(W.mean()) < 0.05 * bound
    assert W.std() == pytest.approx(bound / np.sqrt(3.0), rel=0.05)  # of a uniform distribution


@pytest.mark.parametrize("deviation", [0.01, 0.5])
def test_small_random_weights_have_their_deviation_around_0(deviation):
    W = SmallRandom(deviation).draw(np.random.default_rng(0), 100, 100)
    assert W.std() == pytest.approx(deviation, rel=0.05)
    assert abs(W.mean()) < 0.05 * deviation
