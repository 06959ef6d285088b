//! A small chart: lines over named places, on a logarithmic scale.

use std::fmt::Write as _;

use super::table::number;

/// The width of a panel.
pub(super) const WIDTH: f64 = 560.0;
/// The height of a panel.
pub(super) const HEIGHT: f64 = 376.0;
/// The margins around the plot: top (for title and legend), right, bottom, left.
const MARGINS: [f64; 4] = [112.0, 24.0, 48.0, 72.0];
/// Colours that colour-blind people can tell apart (Okabe and Ito).
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/// How many legend entries there are in a row.
const LEGEND: usize = 2;

/// A line: its name, and its value at each place that has one.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
    /// Whether the line is dashed: others are compared with it.
    pub(super) dashed: bool,
}

/// A chart.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// The label below the places.
    pub(super) across: &'static str,
    pub(super) places: Vec<String>,
    pub(super) lines: Vec<Line>,
}

impl Panel {
    /// Returns whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.lines.iter().flat_map(|line| &line.values).flatten().copied().filter(|value| *value > 0.0)
    }

    /// Returns the panel as an SVG group, with its top left corner at this point.
    pub(super) fn draw(&self, left: f64, top: f64) -> String {
        let (low, high) =
            self.values().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let steps: Vec<_> = steps().collect();
        let low = steps.iter().copied().rfind(|step| *step <= low).unwrap_or(low);
        let high = steps.iter().copied().find(|step| *step >= high && *step > low).unwrap_or(high);
        let [above, right, below, before] = MARGINS;
        let (width, height) = (WIDTH - before - right, HEIGHT - above - below);
        let across = |place: usize| before + width * (place as f64 + 0.5) / self.places.len() as f64;
        let up = |value: f64| above + height * (high / value).ln() / (high / low).ln();
        let mut text = format!("<g transform=\"translate({left} {top})\">\n");
        let _ = writeln!(text, "<text class=\"title\" x=\"16\" y=\"28\">{}</text>", escaped(self.title));
        for step in steps.iter().copied().filter(|step| (low..=high).contains(step)) {
            let (y, end, label) = (up(step), WIDTH - right, label(step));
            let _ = writeln!(text, "<path class=\"grid\" d=\"M{before} {y:.1}H{end}\"/>");
            let _ = writeln!(text, "<text class=\"step\" x=\"{}\" y=\"{:.1}\">{label}</text>", before - 8.0, y + 4.0);
        }
        for (place, name) in self.places.iter().enumerate() {
            let (x, y) = (across(place), HEIGHT - below + 18.0);
            let _ = writeln!(text, "<text class=\"place\" x=\"{x:.1}\" y=\"{y}\">{}</text>", escaped(name));
        }
        let (x, y) = (before + width / 2.0, HEIGHT - 10.0);
        let _ = writeln!(text, "<text class=\"place\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(self.across));
        for (index, line) in self.lines.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let points = line.values.iter().enumerate().filter_map(|(place, value)| {
                let value = value.filter(|value| *value > 0.0)?;
                Some((across(place), up(value)))
            });
            let points: Vec<_> = points.collect();
            text.push_str(&line.draw(&points, colour));
            text.push_str(&line.legend(index, colour));
        }
        text.push_str("</g>\n");
        text
    }
}

impl Line {
    fn draw(&self, points: &[(f64, f64)], colour: &str) -> String {
        let corners = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
        let dashes = self.dashes();
        let mut text = format!("<polyline stroke=\"{colour}\"{dashes} points=\"{corners}\"/>\n");
        for (x, y) in points.iter().filter(|_| !self.dashed) {
            let _ = writeln!(text, "<circle fill=\"{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
        }
        text
    }

    fn legend(&self, index: usize, colour: &str) -> String {
        let (column, row) = (index % LEGEND, index / LEGEND);
        let (x, y) = (16.0 + column as f64 * 270.0, 52.0 + row as f64 * 20.0);
        let (dashes, name) = (self.dashes(), escaped(&self.name));
        let (end, label) = (x + 22.0, x + 28.0);
        format!(
            "<polyline stroke=\"{colour}\"{dashes} points=\"{x},{y} {end},{y}\"/>\n\
             <text x=\"{label}\" y=\"{}\">{name}</text>\n",
            y + 4.0
        )
    }

    fn dashes(&self) -> &'static str {
        if self.dashed { " stroke-dasharray=\"5 4\"" } else { "" }
    }
}

/// Returns the possible grid lines: 1, 2, 5, 10 and so on, over a range that suffices for all panels.
fn steps() -> impl Iterator<Item = f64> {
    (-3..9).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10.0_f64.powi(power)))
}

/// Formats a grid line's value without trailing zeros.
fn label(step: f64) -> String {
    let text = number(step);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
