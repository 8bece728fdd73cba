"""A body, front and back, with the places where sensors are worn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QMimeData, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from biofeedback.core.roles import Role
from biofeedback.gui import marks
from biofeedback.gui.lamps import NAMES
from biofeedback.gui.states import LampState
from biofeedback.gui.theme import Theme

__all__ = ["DRAGGED", "SITES", "BodyFigure", "dragged"]

DRAGGED = "application/x-biofeedback-sensor"
"""What a dragged sensor is called: its device id, and on the next line the roles that fit."""

WIDTH, HEIGHT = 576.0, 510.0
FRONT, BACK = QPointF(146, 270), QPointF(430, 270)
# Larger words need more room between the two bodies: for the places in front, and for the belts.
APART, ASIDE = 133.0, 112.0
BELTS = {Role.CHEST_BELT: (-86.0, 63.0), Role.ABDOMEN_BELT: (4.0, 55.0)}
"""Height and half width of each belt."""
SITES = {
    Role.STERNUM_IMU: (FRONT, 0.0, -118.0),
    Role.ABDOMEN_IMU: (FRONT, 0.0, 44.0),
    Role.THIGH_IMU: (FRONT, 32.0, 136.0),
    Role.ARM_IMU: (FRONT, -118.0, -20.0),
    Role.BACK_IMU: (BACK, 0.0, -30.0),
    Role.PELVIS_IMU: (BACK, 0.0, 44.0),
}
"""Which body, and where on it."""
FLANK = (
    (13, -158, 20, -152, 34, -148),
    (58, -142, 78, -138, 82, -112),
    (87, -76, 90, -40, 97, 8),
    (101, 30, 104, 46, 103, 60),
    (101, 72, 90, 72, 88, 58),
    (84, 24, 76, -20, 65, -84),
    (64, -60, 56, -36, 55, -10),
    (55, 20, 66, 40, 68, 74),
    (69, 124, 61, 164, 54, 226),
)


def dragged(device_id: str, roles: Iterable[Role]) -> QMimeData:
    """Wrap a sensor for dragging.

    Parameters
    ----------
    device_id : str
        Which.
    roles : iterable of Role
        Places that fit it.

    Returns
    -------
    data : QMimeData
    """
    data = QMimeData()
    data.setData(DRAGGED, f"{device_id}\n{' '.join(roles)}".encode())
    return data


def _dragged(data: QMimeData) -> str:
    return bytes(data.data(DRAGGED).data()).decode()


def _side(side: float) -> QPainterPath:
    path = QPainterPath(QPointF(13 * side, -172))
    for x1, y1, x2, y2, x, y in FLANK:
        path.cubicTo(x1 * side, y1, x2 * side, y2, x * side, y)
    return path


def _leg(side: float) -> QPainterPath:
    path = QPainterPath(QPointF(10 * side, 226))
    path.cubicTo(9 * side, 170, 6 * side, 124, 0, 96)
    return path


class BodyFigure(QWidget):
    """The body with its sites; a site tells when it is clicked.

    Parameters
    ----------
    theme : Theme
        Colours and type.

    Attributes
    ----------
    site_asked : Signal of Role
        A site was clicked.
    dropped : Signal of (str, Role)
        A sensor was dropped on a site: its device id, and where.
    """

    site_asked = Signal(object)
    dropped = Signal(str, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._worn: Mapping[Role, LampState] = {}
        self._boxes: dict[Role, QRectF] = {}
        self._offered: tuple[Role, ...] = ()
        self._aimed: Role | None = None
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(360, 330)
        self.setAccessibleName("Body with the places of sensors")

    def sizeHint(self) -> QSize:  # noqa: N802
        """See QWidget."""
        return QSize(int(WIDTH), int(HEIGHT))

    def show_worn(self, worn: Mapping[Role, LampState]) -> None:
        """Show what is worn.

        Parameters
        ----------
        worn : mapping of Role to LampState
            Sensors by their place.
        """
        if worn != self._worn:
            self._worn = dict(worn)
            places = ", ".join(NAMES[role] for role in worn) or "nothing"
            self.setAccessibleDescription(f"worn: {places}")
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell which site was clicked."""
        role = self._site_at(event.position())
        if role is not None:
            self.site_asked.emit(role)

    def _site_at(self, spot: QPointF) -> Role | None:
        return next((role for role, box in self._boxes.items() if box.contains(spot)), None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Offer the sites that fit the sensor that is dragged."""
        if event.mimeData().hasFormat(DRAGGED):
            _, _, roles = _dragged(event.mimeData()).partition("\n")
            self._aim(tuple(map(Role, roles.split())), None)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802
        """Grow the site under the sensor."""
        role = self._site_at(event.position())
        self._aim(self._offered, role if role in self._offered else None)
        event.setAccepted(self._aimed is not None)

    def dragLeaveEvent(self, _: QDragLeaveEvent) -> None:  # noqa: N802
        """Offer nothing any more."""
        self._aim((), None)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Tell which sensor was dropped where."""
        role = self._site_at(event.position())
        if role in self._offered:
            self.dropped.emit(_dragged(event.mimeData()).partition("\n")[0], role)
            event.acceptProposedAction()
        self._aim((), None)

    def _aim(self, offered: tuple[Role, ...], aimed: Role | None) -> None:
        if (offered, aimed) != (self._offered, self._aimed):
            self._offered, self._aimed = offered, aimed
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        apart = APART * (theme.scale - 1.0)
        k = min(self.width() / (WIDTH + apart), self.height() / HEIGHT)
        left, top = (self.width() - (WIDTH + apart) * k) / 2, (self.height() - HEIGHT * k) / 2
        back = BACK + QPointF(apart, 0)
        painter.translate(left, top)
        painter.scale(k, k)
        self._boxes = {}
        for centre, words in ((FRONT, "Front"), (back, "Back")):
            self._body(painter, centre, back=centre is back)
            painter.setFont(theme.font("label"))
            painter.setPen(theme.pen("text-2"))
            painter.drawText(QPointF(centre.x() - 96, 50), words)
        for role, (y, half) in BELTS.items():
            for centre in (FRONT, back):
                self._belt(painter, role, centre, y, half)
        for role, (body, x, y) in SITES.items():
            self._site(painter, role, (FRONT if body is FRONT else back) + QPointF(x, y))
        painter.setPen(theme.pen("focus", 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for role in self._offered:
            grown = 4.0 if role is self._aimed else 0.0
            box = self._boxes[role].adjusted(-grown, -grown, grown, grown)
            painter.drawRoundedRect(box, 6, 6)
        for role, box in self._boxes.items():
            self._boxes[role] = QRectF(
                left + box.x() * k, top + box.y() * k, box.width() * k, box.height() * k
            )
        painter.end()

    def _body(self, painter: QPainter, centre: QPointF, *, back: bool) -> None:
        theme = self._theme
        painter.save()
        painter.translate(centre)
        filled = _side(1)
        filled.lineTo(10, 226)
        filled.cubicTo(9, 170, 6, 124, 0, 96)
        filled.cubicTo(-6, 124, -9, 170, -10, 226)
        filled.connectPath(_side(-1).toReversed())
        filled.closeSubpath()
        painter.fillPath(filled, theme.brush("sunken"))
        painter.setPen(theme.pen("line-strong", 1.4))
        painter.setBrush(theme.brush("sunken"))
        painter.drawEllipse(QPointF(0, -202), 25, 32)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for side in (1.0, -1.0):
            painter.drawPath(_side(side))
            painter.drawPath(_leg(side))
        if back:
            painter.setPen(theme.pen("line-strong", 1.2, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(0, -140), QPointF(0, 40))
        else:
            path = QPainterPath(QPointF(-30, -138))
            path.cubicTo(-20, -134, -8, -134, 0, -136)
            path.cubicTo(8, -134, 20, -134, 30, -138)
            painter.drawPath(path)
        fade = QLinearGradient(0, 190, 0, 232)
        clear = theme.colour("card")
        ends = (clear.name() + "00").replace("#", "#00")[:9]
        fade.setColorAt(0, ends)
        fade.setColorAt(0.85, clear)
        painter.fillRect(QRectF(-120, 190, 240, 46), fade)
        painter.restore()

    def _belt(self, painter: QPainter, role: Role, centre: QPointF, y: float, half: float) -> None:
        theme = self._theme
        colour = role.site
        bend = 8.0 if centre is FRONT else -7.0
        path = QPainterPath(centre + QPointF(-half, y - 8))
        path.quadTo(centre + QPointF(0, y - 8 + bend), centre + QPointF(half, y - 8))
        path.lineTo(centre + QPointF(half, y + 8))
        path.quadTo(centre + QPointF(0, y + 8 + bend), centre + QPointF(-half, y + 8))
        path.closeSubpath()
        worn = role in self._worn
        painter.setPen(
            theme.pen(colour, 1.6) if worn else theme.pen("control", 1.3, Qt.PenStyle.DashLine)
        )
        painter.setBrush(theme.brush(f"{colour}-soft" if worn else "card"))
        painter.drawPath(path)
        if centre is not FRONT:
            return
        box = QRectF(centre.x() - half, centre.y() + y - 14, 2 * half, 34)
        self._boxes[role] = box
        if worn:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.brush(colour))
            painter.drawRoundedRect(QRectF(centre.x() - 13, centre.y() + y - 6, 26, 19), 5, 5)
        # In the middle between the two bodies.
        high = 18 * theme.scale
        aside = ASIDE * (theme.scale - 1.0)
        words = QRectF(218 + aside, centre.y() + y - high, 140, 2 * high)
        painter.setFont(theme.font("label"))
        painter.setPen(theme.pen(f"{colour}-text" if worn else "text-3"))
        wrap = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(words, wrap, NAMES[role].replace(" ", "\n"))
        if worn:
            marks.lamp(
                painter, theme, self._worn[role].quality.word, 282 + aside, words.bottom(), 12
            )

    def _site(self, painter: QPainter, role: Role, centre: QPointF) -> None:
        theme = self._theme
        box = QRectF(centre.x() - 10, centre.y() - 10, 20, 20)
        self._boxes[role] = box.adjusted(-6, -6, 6, 6)
        painter.setFont(theme.font("caption"))
        worn = role in self._worn
        if worn:
            painter.setPen(theme.pen("trunk", 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-5, -5, 5, 5), 9, 9)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.brush("trunk"))
            painter.drawRoundedRect(box, 6, 6)
        else:
            painter.setPen(theme.pen("control", 1.3, Qt.PenStyle.DashLine))
            painter.setBrush(theme.brush("card"))
            painter.drawRoundedRect(box, 5, 5)
        painter.setPen(theme.pen("trunk-text" if worn else "text-3"))
        high = 12 * theme.scale
        beside = QRectF(centre.x() + 18, centre.y() - high, 200, 2 * high)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(beside, int(align), NAMES[role])
        if worn:
            marks.lamp(
                painter, theme, self._worn[role].quality.word, centre.x() - 6, centre.y() + 20, 12
            )
