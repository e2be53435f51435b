package example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws accuracy by the share of missing pixels from the table that {@link Bill} prints. */
public final class Plot {
  private static final String[] COLOURS = {"#c0392b", "#2471a3", "#1e8449", "#7d6608", "#6c3483"};
  private static final double[] SHARES = {0, 10, 30, 50, 90};
  private static final int ACCURACY = 4;
  private static final int MISSING = 9;
  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;
  private static final int LEFT = 60;
  private static final int TOP = 20;

  private Plot() {}

  /** Arguments: a file with the table, and the SVG file to write. */
  public static void main(String[] args) throws IOException {
    List<String> svg = new ArrayList<>();
    svg.add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>"
            .formatted(WIDTH + 2 * LEFT, HEIGHT + 80));
    svg.add("<rect width='100%' height='100%' fill='white'/>");
    for (int tenth = 0; tenth <= 10; tenth += 2) {
      double y = y(tenth / 10.0);
      svg.add(line(LEFT, y, LEFT + WIDTH, y, "#dddddd"));
      svg.add(text(LEFT - 28, y + 4, "0." + tenth, "#333333").replace("0.10", "1.0"));
    }
    for (double share : SHARES) {
      svg.add(text(x(share) - 8, TOP + HEIGHT + 18, "%.0f %%".formatted(share), "#333333"));
    }
    svg.add(
        text(
            LEFT + 200,
            TOP + HEIGHT + 40,
            "pixels missing; accuracy on 360 test digits",
            "#333333"));
    int model = 0;
    for (String row : Files.readAllLines(Path.of(args[0]))) {
      String[] cell = row.split("\\|");
      if (cell.length < MISSING + 2 || !cell[ACCURACY].trim().matches("0\\.\\d+|1\\.0+")) {
        continue;
      }
      String[] missing = cell[MISSING].split("/");
      StringBuilder points = new StringBuilder();
      for (int s = 0; s < SHARES.length; s++) {
        String value = s == 0 ? cell[ACCURACY] : missing[s - 1];
        points.append(
            String.format(
                Locale.ROOT, "%.1f,%.1f ", x(SHARES[s]), y(Double.parseDouble(value.trim()))));
      }
      String colour = COLOURS[model % COLOURS.length];
      svg.add(
          "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>"
              .formatted(points.toString().trim(), colour));
      svg.add(text(LEFT + 20, TOP + HEIGHT - 100 + 18 * model, cell[1].trim(), colour));
      model++;
    }
    svg.add("</svg>");
    Files.write(Path.of(args[1]), svg);
  }

  private static double x(double share) {
    return LEFT + share / 100 * WIDTH;
  }

  private static double y(double accuracy) {
    return TOP + (1 - accuracy) * HEIGHT;
  }

  private static String line(double x1, double y1, double x2, double y2, String colour) {
    return String.format(
        Locale.ROOT,
        "<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke='%s'/>",
        x1,
        y1,
        x2,
        y2,
        colour);
  }

  private static String text(double x, double y, String text, String colour) {
    return String.format(
        Locale.ROOT, "<text x='%.1f' y='%.1f' fill='%s'>%s</text>", x, y, colour, text);
  }
}
