"""Uploaded files of any size: sealed in pieces while they arrive, so that they lie in clear on no disk; read again."""

import hashlib
import io
from collections.abc import Iterable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from apps.privacy.models import DataKey
from apps.privacy.vault import new_key, seal_bytes, shred, unseal_bytes

from .errors import SuppressionError
from .models import UploadedPiece
from .streams import Measured

PIECE = 1024 * 1024
FIELD = "file"
DELETED_AT_ONCE = 20  # pieces, each of which SQLite overwrites


class PieceMissing(SuppressionError):
    """Somebody has deleted a part of the upload."""


class SealedUpload(UploadedFile):
    """What a form gets instead of a file: the key of its pieces, and what identifies it."""

    def __init__(self, key: DataKey, measured: Measured):
        super().__init__(name=FIELD, size=measured.size)
        self.key = key
        self.measured = measured

    def discard(self, *, at: datetime) -> None:
        discard(self.key, at=at)


class SealingHandler(FileUploadHandler):
    """Seal what arrives, a piece at a time, into rows; an upload that breaks off leaves nothing that can be read."""

    chunk_size = PIECE

    def __init__(self, request: HttpRequest, *, at: datetime):
        super().__init__(request)
        self._at = at
        self._key: DataKey | None = None

    def new_file(self, *arguments: object, **options: object) -> None:
        super().new_file(*arguments, **options)
        if self.field_name != FIELD or self._key:
            raise SkipFile
        self._key = new_key(self._at)
        self._sha256 = hashlib.sha256()
        self._waiting = bytearray()
        self._pieces = self._size = self._lines = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._sha256.update(raw_data)
        self._size += len(raw_data)
        self._lines += raw_data.count(b"\n")
        self._waiting += raw_data
        while len(self._waiting) >= PIECE:
            self._seal()

    def file_complete(self, file_size: int) -> SealedUpload:
        if self._waiting:
            self._seal()
        return SealedUpload(self._key, Measured(self._size, self._sha256.hexdigest(), self._lines))

    def upload_interrupted(self) -> None:
        if self._key:
            discard(self._key, at=self._at)

    def _seal(self) -> None:
        piece = bytes(self._waiting[:PIECE])
        del self._waiting[:PIECE]
        sealed = seal_bytes(self._key, piece, name=_name(self._pieces))
        UploadedPiece.objects.create(key=self._key, number=self._pieces, sealed=sealed)
        self._pieces += 1


class Pieces(io.RawIOBase):
    """An uploaded file as a stream, of which one piece is in memory at a time; raises Shredded or PieceMissing."""

    def __init__(self, key: DataKey, size: int):
        self._key = key
        self._size = size
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: memoryview) -> int:
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, PIECE)
        data = self._piece(number)[offset : offset + len(buffer)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            row = UploadedPiece.objects.filter(key=self._key, number=number).first()
            if row is None:
                raise PieceMissing("A part of the uploaded file is gone. Upload it again.")
            self._held = number, unseal_bytes(self._key, row.sealed, name=_name(number))
        return self._held[1]


def forget_pieces_before(key: DataKey, position: int) -> None:
    """Delete what is committed; the first piece stays, since it tells how to read the others."""
    UploadedPiece.objects.filter(key=key, number__gt=0, number__lt=position // PIECE).delete()


def discard(key: DataKey, *, at: datetime) -> None:
    """Make a file unreadable at once, and delete what is left of it bit by bit."""
    shred(key, at=at)
    delete_unreadable()


def delete_unreadable() -> None:
    """Delete the pieces whose key is destroyed, a few in each transaction: others write in between."""
    unreadable = (
        UploadedPiece.objects.filter(key__shredded_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    )
    while pks := list(unreadable[:DELETED_AT_ONCE]):
        _delete(pks)


def _delete(pks: Iterable[int]) -> None:
    UploadedPiece.objects.filter(pk__in=pks).delete()


def _name(number: int) -> str:
    return f"suppression.piece|{number}"
