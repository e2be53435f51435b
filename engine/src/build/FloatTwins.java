import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Derives the single-precision twin of each class that is marked for it, so that a kernel is
 * written once. The source is the double-precision class, plain Java that formatter, checkers and
 * IDE see. Words of the code are exchanged by {@link #WORDS}, whatever part of the file they stand
 * in; of comments only the names of classes and "double precision".
 *
 * <p>The few real differences stand in the source, as comments that are a line, or end one:
 *
 * <pre>
 *   CODE // double only            is left out of the twin, as are all lines between
 *   // double only {               and
 *   // }
 *   // float: CODE                 is code of the twin
 *   {@literal /}*double*{@literal /} WORD              stays that word
 * </pre>
 *
 * A floating-point literal without suffix, or a long one, is an error: such constants differ.
 *
 * <p>Usage: {@code java FloatTwins.java SOURCES OUTPUT}, both roots of package folders.
 */
final class FloatTwins {
  private static final String MARK = "// The float twin of this class is derived from it at build.";

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("double", "float"),
          Map.entry("Double", "Float"),
          Map.entry("DOUBLE", "FLOAT"),
          Map.entry("long", "int"),
          Map.entry("Long", "Integer"),
          Map.entry("LongVector", "IntVector"),
          Map.entry("doubleToRawLongBits", "floatToRawIntBits"),
          Map.entry("longBitsToDouble", "intBitsToFloat"),
          Map.entry("reinterpretAsLongs", "reinterpretAsInts"),
          Map.entry("reinterpretAsDoubles", "reinterpretAsFloats"));

  private static final Pattern CLASS = Pattern.compile("\\b(Vector|Scalar|)Double(?=[A-Z])");

  /** A comment, a literal, a word or a number; anything else stands between two matches. */
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<kept>/\\*double\\*/ \\w+)"
              + "|(?<comment>//[^\\n]*|(?s:/\\*.*?\\*/))"
              + "|(?<text>\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])*')"
              + "|(?<word>[A-Za-z_$][\\w$]*)"
              + "|(?<number>\\.?\\d(?:[\\w.]|(?<=[pPeE])[+-])*)");

  private FloatTwins() {}

  public static void main(String[] args) throws IOException {
    Path sources = Path.of(args[0]);
    Path output = Files.createDirectories(Path.of(args[1]));
    Map<Path, String> twins = new HashMap<>();
    for (Path file : javaFiles(sources)) {
      String source = Files.readString(file).replace("\r\n", "\n");
      if (source.lines().anyMatch(MARK::equals)) {
        String name = file.getFileName().toString();
        Path relative = sources.relativize(file.resolveSibling(name.replace("Double", "Float")));
        twins.put(output.resolve(relative), twin(source, name));
      }
    }
    for (Path old : javaFiles(output)) {
      if (!twins.containsKey(old)) {
        Files.delete(old); // its source was renamed or removed
      }
    }
    for (Map.Entry<Path, String> twin : twins.entrySet()) {
      Path file = twin.getKey();
      if (!Files.exists(file) || !Files.readString(file).equals(twin.getValue())) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, twin.getValue()); // an unchanged file keeps its time
      }
    }
  }

  private static List<Path> javaFiles(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  private static String twin(String source, String name) {
    Matcher token = TOKEN.matcher(floatLines(source));
    StringBuilder twin = new StringBuilder("// Derived from " + name + " at build.\n");
    while (token.find()) {
      String text = token.group();
      if (token.group("comment") != null) {
        text = className(text.replace("double precision", "single precision"));
      } else if (token.group("word") != null) {
        text = className(WORDS.getOrDefault(text, text));
      } else if (token.group("number") != null) {
        checkNumber(text, name);
      }
      token.appendReplacement(twin, Matcher.quoteReplacement(text));
    }
    return token.appendTail(twin).toString();
  }

  private static String floatLines(String source) {
    StringBuilder lines = new StringBuilder();
    boolean doubleOnly = false;
    for (String line : source.split("\n")) {
      String code = line.strip();
      if (code.equals("// double only {")) {
        doubleOnly = true;
      } else if (doubleOnly && code.equals("// }")) {
        doubleOnly = false;
      } else if (code.startsWith("// float: ")) {
        lines.append(line.replaceFirst("// float: ", "")).append('\n');
      } else if (!doubleOnly && !code.endsWith("// double only") && !line.equals(MARK)) {
        lines.append(line).append('\n');
      }
    }
    return lines.toString();
  }

  private static String className(String text) {
    return CLASS.matcher(text).replaceAll("$1Float");
  }

  private static void checkNumber(String number, String name) {
    String n = number.toLowerCase(Locale.ROOT);
    boolean isHex = n.startsWith("0x");
    boolean isFloating = n.contains(".") || n.contains("p") || (!isHex && n.contains("e"));
    if (n.endsWith("l") || (isFloating && !n.endsWith("f"))) {
      throw new IllegalArgumentException(
          name + ": " + number + " is of one type; write it '// double only' and '// float: '");
    }
  }
}
