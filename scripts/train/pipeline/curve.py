"""A loss curve as an SVG picture: no library needed."""

from pathlib import Path

COLOURS = ["#4269d0", "#ff725c", "#3ca951", "#efb118", "#a463f2"]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 420, 64, 44, 24, 52


def draw(series: dict[str, list[tuple[int, float]]], file: Path, title: str) -> None:
    """`series`: name → points (step, loss in nats per token), at least one of them not empty."""
    points = [point for line in series.values() for point in line]
    steps, losses = [step for step, _ in points], [loss for _, loss in points]
    first, last = min(steps), max(max(steps), min(steps) + 1)
    low, high = min(losses), max(max(losses), min(losses) + 0.1)

    def x(step: float) -> float:
        return LEFT + (step - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(loss: float) -> float:
        return TOP + (high - loss) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{title}</text>',
    ]
    for tick in range(6):
        loss, step = low + (high - low) * tick / 5, first + (last - first) * tick / 5
        parts.append(
            f'<path d="M{LEFT} {y(loss):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{y(loss) + 4:.1f}" text-anchor="end">{loss:.2f}</text>'
            f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step:.0f}</text>'
        )
    parts.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">step</text>'
        f'<text x="16" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2})">loss, nats per token</text>'
    )
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x(step):.1f},{y(loss):.1f}" for step, loss in line)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
            f'<text x="{WIDTH - RIGHT}" y="{TOP + 14 + 16 * number}" text-anchor="end" fill="{colour}">{name}</text>'
        )
    file.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
