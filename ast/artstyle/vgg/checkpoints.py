"""Where the networks' weights come from: the package, torch's cache, a download, a file."""

import hashlib
import http.client
import logging
import stat
import tempfile
import threading
import urllib.parse
import urllib.request
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from artstyle import files
from artstyle.errors import (
    ArgumentError,
    DownloadCut,
    DownloadFailed,
    WeightsAreNoFile,
    WeightsDamaged,
    WeightsError,
    WeightsForeign,
    WeightsNotNumbers,
    WeightsUnreadable,
)
from artstyle.vgg import caffe, packaged
from artstyle.vgg.networks import VGG16, VGG19, Network, assemble, block_of

logger = logging.getLogger(__name__)

URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
SHA256_PREFIX = "dcbb9e9d"  # torchvision names its files so
PROBE_SECONDS = 3.0  # auto: how long the host may take to answer
STALL_SECONDS = 20.0  # a download in which nothing arrives for so long has failed
BLOCK = 1 << 20
HOW_TO_GET_VGG19 = (
    f"put {URL.rpartition('/')[2]} into {{folder}} or name a checkpoint with --weights FILE"
)


def load(network: str = "auto", weights: Path | None = None) -> Network:
    """Load a network by its name in the settings, or VGG19 from a checkpoint file.

    ``auto`` is VGG19 where its weights are on disk or can be downloaded, else the embedded
    VGG16, with one warning in the log. Raises `WeightsError`.
    """
    if weights is not None:
        if network == "vgg16":
            raise ArgumentError("--weights is for VGG19: leave out --network vgg16 or --weights")
        return read(weights)
    if network == "vgg16":
        return embedded()
    if network == "vgg19":
        return vgg19()
    try:
        return vgg19(probe=True)
    except WeightsError as error:
        how = HOW_TO_GET_VGG19.format(folder=files.torch_checkpoints())
        logger.warning("%s. Using the embedded vgg16; for vgg19, %s", error, how)
        return embedded()


def embedded() -> Network:
    """Load the VGG16 that comes with the package (weights/README.md); raises `WeightsError`."""
    packaged.check()
    with np.load(packaged.PATH, allow_pickle=False) as arrays:
        return assemble(VGG16, {name: torch.from_numpy(arrays[name]) for name in arrays.files})


def vgg19(*, probe: bool = False) -> Network:
    """Load torchvision's VGG19 from torch's cache, downloading it if it isn't there.

    Only its convolutions are kept. With ``probe`` the host has a few seconds to answer.
    Raises `WeightsError`.
    """
    whole = files.torch_checkpoints() / URL.rpartition("/")[2]
    features = whole.with_name(f"{whole.stem}-features.pth")
    if _is_file(features):
        return read(features)
    if _is_file(whole):
        return _keep_features(whole, features)
    if probe:
        _probe(URL)
    return _download(URL, features)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the folder can't be entered
        return False


def read(path: Path) -> Network:
    """Load VGG19 from torchvision's or its authors' checkpoint, or from their ``features.*``.

    Raises `WeightsError`.
    """
    return _network(_features(path))


def _network(features: Mapping[str, Tensor]) -> Network:
    names = [f"{name}.{kind}" for name in VGG19.names() for kind in ("weight", "bias")]
    return assemble(VGG19, dict(zip(names, features.values(), strict=True)))


def _features(path: Path) -> dict[str, Tensor]:
    """The convolutions in a checkpoint by torchvision's keys, in order, for its input."""
    state, found = _state(path), {}
    for key, shape in _torchvision_keys():
        value = state.get(key)
        if not isinstance(value, Tensor):
            raise WeightsForeign(path, f"it has no {key}")
        if tuple(value.shape) != shape:
            raise WeightsForeign(path, f"{key} is {tuple(value.shape)}, not {shape}")
        if not value.is_floating_point() or not value.isfinite().all():
            raise WeightsNotNumbers(path, key)
        found[key] = value.detach()  # a saved Parameter would ask for gradients
    first = found["features.0.weight"], found["features.0.bias"]
    found["features.0.weight"], found["features.0.bias"] = caffe.adapted(*first)
    return found


def _torchvision_keys() -> Iterator[tuple[str, tuple[int, ...]]]:
    """The keys and shapes of VGG19's convolutions: ``features`` counts ReLUs and pools too."""
    index, channels = 0, 3
    for name in VGG19.names():
        if name.endswith("_1") and index:
            index += 1  # the pool before a block
        width = min(64 << (block_of(name) - 1), 512)
        yield f"features.{index}.weight", (width, channels, 3, 3)
        yield f"features.{index}.bias", (width,)
        index, channels = index + 2, width


def _state(path: Path) -> Mapping[str, Any]:
    """Read a checkpoint without running anything that is in it."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise WeightsUnreadable(path, str(error.strerror)) from error
    if not regular:  # a pipe would wait for a writer
        raise WeightsAreNoFile(path)
    try:
        mapped = zipfile.is_zipfile(path)  # older checkpoints can't be mapped
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's warnings about old files help nobody
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped or None)
    except PermissionError as error:
        raise WeightsUnreadable(path, str(error.strerror)) from error
    except Exception as error:  # torch raises nearly anything for a file that isn't one
        raise WeightsDamaged(path) from error
    if not isinstance(state, Mapping):
        raise WeightsForeign(path, f"it holds no network but a {type(state).__name__}")
    return state


def _keep_features(whole: Path, features: Path) -> Network:
    """Load a whole checkpoint and keep its convolutions, a seventh of it, for the next time."""
    # Copies, so that neither the file nor the network depends on the whole checkpoint.
    kept = {key: value.clone() for key, value in _features(whole).items()}
    try:
        with files.replacing(features) as temporary:
            torch.save(kept, temporary)
    except OSError as error:
        logger.info("could not keep %s: %s", features, error)  # it only costs time
    return _network(kept)


def _probe(url: str) -> None:
    """Raise `WeightsError` unless the host answers soon; a name's lookup has no timeout."""
    failure: list[BaseException | None] = [TimeoutError("no answer")]

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=PROBE_SECONDS).close()
            failure[0] = None
        except Exception as error:
            failure[0] = error

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    if failure[0] is not None:
        raise _failed(url, failure[0])


def _download(url: str, features: Path) -> Network:
    """Fetch the whole checkpoint, check it and keep its convolutions."""
    try:
        features.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=features.parent, prefix=".artstyle-") as folder:
            whole = Path(folder, "whole.pth")
            _fetch(url, whole)
            return _keep_features(whole, features)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, error) from error


def _fetch(url: str, path: Path) -> None:
    """Download with a progress bar; raise `WeightsError` if the checksum differs."""
    digest = hashlib.sha256()
    with (
        urllib.request.urlopen(url, timeout=STALL_SECONDS) as response,
        path.open("wb") as file,
        tqdm(
            desc="vgg19's weights",
            total=response.length,
            unit="B",
            unit_scale=True,
            disable=None,  # only on a terminal
        ) as bar,
    ):
        while block := response.read(BLOCK):
            file.write(block)
            digest.update(block)
            bar.update(len(block))
    if not digest.hexdigest().startswith(SHA256_PREFIX):
        raise DownloadCut(url)


def _failed(url: str, error: BaseException) -> WeightsError:
    # A file's error says where as well: the path is nothing to tell.
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return DownloadFailed(urllib.parse.urlsplit(url).netloc, str(reason))
