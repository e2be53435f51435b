package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that are hardly tables, learned in each way, and the models asked in each way. */
final class TrainTortureTest {
  private static final int ROWS = 12;
  private static final String ALL = "exact,enclosed,estimated";

  @TempDir private Path folder;

  /** Tables of the columns x, y, c and a weight, by what is odd of them. */
  private static Map<String, String> tables() {
    Map<String, String> tables = new TreeMap<>();
    tables.put("constant", rows(r -> "5,%s,%s".formatted(y(r), c(r))));
    tables.put("all missing", rows(r -> ",%s,%s".formatted(y(r), c(r))));
    tables.put("duplicates", rows(r -> "5,2.5,a"));
    tables.put("two rows again and again", rows(r -> r % 2 == 0 ? "5.5,2.5,a" : "1.5,7.25,b"));
    tables.put("1e12", rows(r -> "%se12,%s,%s".formatted(y(r), y(r), c(r))));
    tables.put(
        "1e12 and a little", rows(r -> "%s.5,%s,%s".formatted(1000000000000L + r, y(r), c(r))));
    tables.put("1e300", rows(r -> "%se300,%s,%s".formatted(y(r), y(r), c(r))));
    tables.put("1e-300", rows(r -> "%se-300,%s,%s".formatted(y(r), y(r), c(r))));
    tables.put("three rows", "x,y,c,w\n1.5,2.5,a,1\n2.25,1.5,b,1\n4.5,1,a,2\n");
    tables.put("one state", rows(r -> "%s,%s,a".formatted(y(r + 1), y(r))));
    tables.put(
        "class of one row", rows(r -> "%s,%s,%s".formatted(y(r + 1), y(r), r == 0 ? "b" : "a")));
    tables.put(
        "class half unknown",
        rows(r -> "%s,%s,%s".formatted(y(r + 1), y(r), r % 2 == 0 ? "?" : c(r))));
    return tables;
  }

  private static String y(int r) {
    return "%d.%d".formatted(1 + r * r % 7, 1 + r % 9);
  }

  private static String c(int r) {
    return r % 3 == 0 ? "b" : "a";
  }

  private interface Line {
    String of(int row);
  }

  private static String rows(Line line) {
    return IntStream.range(0, ROWS)
        .mapToObj(r -> line.of(r) + "," + (1 + r % 2))
        .collect(Collectors.joining("\n", "x,y,c,w\n", "\n"));
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path model() {
    return folder.resolve("model.circuit");
  }

  private Run train(Path table, List<String> more) {
    Stream<String> fixed =
        Stream.of("train", table.toString(), "-o", model().toString(), "--epochs", "2");
    Stream<String> small = Stream.of("--budget", "1e6", "--threads", "1");
    return Run.of(Stream.of(fixed, small, more.stream()).flatMap(s -> s).toArray(String[]::new));
  }

  @Test
  void odd_tables_in_each_way_give_models_that_answer() throws IOException {
    List<List<String>> ways =
        List.of(
            List.of("--weights", "w"),
            List.of("--weights", "w", "--class", "c"),
            List.of("--kinds", "w=id", "--class", "c", "--learn", "gradient"),
            List.of("--kinds", "w=id", "--structure", "gaussian", "--states", "2"),
            List.of("--kinds", "w=id", "--structure", "gaussian", "--class", "c"),
            List.of("--kinds", "w=id", "--structure", "tree", "--states", "3"),
            List.of("--kinds", "w=id", "--class", "c", "--network", "2-3-2"),
            List.of("--kinds", "w=id", "--class", "c", "--network", "2-3-2", "--tractable"));
    for (Map.Entry<String, String> table : tables().entrySet()) {
      Path data = file("table.csv", table.getValue());
      int numLearned = 0;
      for (List<String> way : ways) {
        String what = table.getKey() + " " + way;
        Files.deleteIfExists(model());
        Run run = train(data, way);
        assertTrue(run.status() == 0 || run.status() == 3, what + run.err());
        List<String> lines = run.err().lines().toList();
        assertEquals(lines.stream().distinct().toList(), lines, what);
        assertFalse(run.err().contains("node"), what + run.err());
        if (run.status() == 0) {
          numLearned++;
          ask(what, data);
        }
      }
      assertTrue(numLearned >= ways.size() / 2, table.getKey());
    }
  }

  /** Asks a model in each way, of each row of a table. */
  private void ask(String what, Path data) {
    for (String query : new String[] {"marginal", "class", "mpe", "posterior=y"}) {
      String model = model().toString();
      Run scored = Run.of("score", model, data.toString(), "--query", query, "--allow", ALL);
      assertEquals(0, scored.status(), what + scored.err());
      assertFalse(scored.out().contains("NaN"), what + scored.out());
      assertFalse(scored.out().contains("ERROR"), what + scored.out());
    }
    Run filled = Run.of("impute", model().toString(), data.toString());
    assertEquals(0, filled.status(), what + filled.err());
    assertFalse(filled.out().contains("NaN"), what + filled.out());
  }

  @Test
  void rows_kept_back_that_are_odd_are_named_and_do_no_harm() throws IOException {
    Path data = file("table.csv", rows(r -> "%s,%s,%s".formatted(y(r + 1), y(r), c(r))));
    Path start = folder.resolve("start.circuit");
    assertEquals(0, train(data, List.of("--weights", "w")).status());
    Files.move(model(), start);
    Map<String, String> kept = new TreeMap<>();
    kept.put("an unknown state", "x,y,c,w\n1,2,z,1\n3,4,a,1\n");
    kept.put("another order", "c,w,y,x\na,1,2,1\nb,1,4,3\n");
    kept.put("holes only", "x,y,c,w\n,,,1\n,,,1\n");
    kept.put("far away", "x,y,c,w\n1e12,1,a,1\n1,-1e90,b,1\n");
    kept.put("one row", "x,y,c,w\n1,2,a,1\n");
    for (Map.Entry<String, String> rows : kept.entrySet()) {
      String valid = file("valid.csv", rows.getValue()).toString();
      for (String way : new String[] {"--class=c", "--start=" + start, "--structure=gaussian"}) {
        String what = rows.getKey() + " " + way;
        Files.deleteIfExists(model());
        Run run = train(data, List.of("--weights", "w", "--valid", valid, way));
        assertEquals(0, run.status(), what + run.err());
        assertFalse(run.out().contains("NaN"), what + run.out());
        boolean isNamed = run.err().contains("the training table does not have");
        assertEquals(rows.getKey().equals("an unknown state"), isNamed, what + run.err());
        ask(what, data);
      }
    }
    String without = file("valid.csv", "x,c,w\n1,a,1\n").toString();
    Run refused = train(data, List.of("--weights", "w", "--valid", without));
    assertEquals(3, refused.status());
    assertTrue(refused.err().contains("no column 'y'"), refused.err());
  }
}
