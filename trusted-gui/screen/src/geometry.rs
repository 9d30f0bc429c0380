//! Places and sizes on the screen, in pixels. Positions may be negative or beyond the screen; what
//! is drawn is clipped.

/// The largest side of a screen or of a world's framebuffer that is handled, in pixels.
pub const MAX_SIDE: u32 = 4096;

/// A position, from the left upper corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Down.
    pub y: i32,
}

impl Point {
    /// The point at these coordinates.
    #[must_use]
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }
}

/// Width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// To the right.
    pub width: i32,
    /// Down.
    pub height: i32,
}

impl Size {
    /// A size; negative sides count as 0, sides over [`MAX_SIDE`] as that.
    #[must_use]
    pub const fn new(width: i32, height: i32) -> Self {
        Self { width: bounded(width), height: bounded(height) }
    }

    /// The rectangle of this size at the origin.
    #[must_use]
    pub const fn rect(self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

const fn bounded(side: i32) -> i32 {
    if side < 0 {
        0
    } else if side > MAX_SIDE as i32 {
        MAX_SIDE as i32
    } else {
        side
    }
}

/// A rectangle; empty when a side is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Pixels to the right, not negative.
    pub width: i32,
    /// Pixels down, not negative.
    pub height: i32,
}

impl Rect {
    /// Nothing.
    pub const EMPTY: Self = Self { x: 0, y: 0, width: 0, height: 0 };

    /// The rectangle with this left upper corner and these sides; negative sides count as 0.
    #[must_use]
    pub const fn new(x: i32, y: i32, width: i32, height: i32) -> Self {
        Self {
            x,
            y,
            width: if width < 0 { 0 } else { width },
            height: if height < 0 { 0 } else { height },
        }
    }

    /// First column to the right of it.
    #[must_use]
    pub const fn right(self) -> i32 {
        self.x.saturating_add(self.width)
    }

    /// First row below it.
    #[must_use]
    pub const fn bottom(self) -> i32 {
        self.y.saturating_add(self.height)
    }

    /// Its sides.
    #[must_use]
    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }

    /// Whether it has no pixel.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether the point is in it.
    #[must_use]
    pub const fn contains(self, point: Point) -> bool {
        self.x <= point.x && point.x < self.right() && self.y <= point.y && point.y < self.bottom()
    }

    /// The pixels that are in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let both = Self::new(
            x,
            y,
            self.right().min(other.right()).saturating_sub(x),
            self.bottom().min(other.bottom()).saturating_sub(y),
        );
        if both.is_empty() { Self::EMPTY } else { both }
    }

    /// What is left when `margin` pixels are taken off each side.
    #[must_use]
    pub const fn inset(self, margin: i32) -> Self {
        let (width, height) = (self.width - 2 * margin, self.height - 2 * margin);
        Self::new(self.x + margin, self.y + margin, width, height)
    }

    /// The upper `height` rows and the rest.
    #[must_use]
    pub fn split_top(self, height: i32) -> (Self, Self) {
        let height = height.clamp(0, self.height);
        (Self { height, ..self }, Self { y: self.y + height, height: self.height - height, ..self })
    }

    /// The left `width` columns and the rest.
    #[must_use]
    pub fn split_left(self, width: i32) -> (Self, Self) {
        let width = width.clamp(0, self.width);
        (Self { width, ..self }, Self { x: self.x + width, width: self.width - width, ..self })
    }

    /// A rectangle of this size in the middle of it.
    #[must_use]
    pub const fn centered(self, size: Size) -> Self {
        Self::new(
            self.x + (self.width - size.width) / 2,
            self.y + (self.height - size.height) / 2,
            size.width,
            size.height,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intersection_has_the_points_of_both_and_no_others() {
        let (a, b) = (Rect::new(2, 3, 5, 4), Rect::new(-1, 5, 5, 9));
        let both = a.intersection(b);
        for (x, y) in (-3..12).flat_map(|x| (-3..16).map(move |y| (x, y))) {
            let point = Point::new(x, y);
            assert_eq!(both.contains(point), a.contains(point) && b.contains(point));
        }
        assert_eq!(a.intersection(Rect::new(7, 3, 5, 4)), Rect::EMPTY);
    }

    #[test]
    fn splitting_loses_nothing() {
        let whole = Rect::new(3, 4, 10, 20);
        for cut in [-1, 0, 7, 10, 20, 99] {
            let (top, rest) = whole.split_top(cut);
            assert_eq!((top.height + rest.height, rest.y), (20, 4 + top.height));
            let (left, rest) = whole.split_left(cut);
            assert_eq!((left.width + rest.width, rest.x), (10, 3 + left.width));
        }
    }
}
