package org.ugmm.compiler.read.network;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;

/** An XML document element by element. Nothing outside the document is ever opened. */
public final class XmlText {
  /*
   * Without support for DTDs a document type is skipped and no entity is defined, so neither files
   * of this machine nor entities that expand without end can be named.
   */
  private static final XMLInputFactory FACTORY = XMLInputFactory.newInstance();

  static {
    FACTORY.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    FACTORY.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    FACTORY.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    FACTORY.setXMLReporter((message, type, information, location) -> {}); // not on standard error
  }

  private static final int MAX_DEPTH = 200;

  private static final int HEAD = 200;
  private static final Pattern ENCODING =
      Pattern.compile(
          "<\\?xml[^>]*encoding\\s*=\\s*[\"']([A-Za-z0-9][\\w.:-]*)[\"'].*", Pattern.DOTALL);

  private static final Pattern ELEMENT = Pattern.compile("<[A-Za-z_]");

  private final String source;
  private final XMLStreamReader in;
  private int depth;

  private XmlText(String source, String text) throws XMLStreamException {
    this.source = source;
    in = FACTORY.createXMLStreamReader(new StringReader(text));
  }

  /** Opens a document at its first element. */
  public static XmlText open(Source source) throws IOException {
    try {
      XmlText text = new XmlText(source.name(), decoded(source));
      text.nextElement(0);
      return text;
    } catch (XMLStreamException e) {
      throw new ModelException(source.name() + ": not an XML text: " + reason(e), e);
    }
  }

  /**
   * The document in the encoding that it declares, or has. The parser is not left to decode it:
   * that of the JDK prints on standard error what it cannot decode.
   */
  private static String decoded(Source source) throws IOException {
    byte[] head = source.head(HEAD);
    boolean isWide = head.length >= 2 && (head[0] & 0xFF ^ head[1] & 0xFF) == 1;
    if (isWide && (head[0] & 0xFE) == 0xFE) {
      return new String(source.readAll(), StandardCharsets.UTF_16);
    }
    String text = source.text();
    Matcher encoding = ENCODING.matcher(new String(head, StandardCharsets.ISO_8859_1));
    if (encoding.lookingAt() && isOtherThanUtf8(encoding.group(1))) {
      text = new String(source.readAll(), Charset.forName(encoding.group(1)));
    }
    return withoutType(text.startsWith("\uFEFF") ? text.substring(1) : text);
  }

  /**
   * Blanks a document type out, which is passed over in any case: where one is cut off, the parser
   * of the JDK prints on standard error.
   */
  private static String withoutType(String text) {
    int from = text.indexOf("<!DOCTYPE");
    Matcher element = ELEMENT.matcher(text);
    if (from < 0 || element.find() && element.start() < from) {
      return text;
    }
    int depth = 0;
    int to = from;
    for (; to < text.length() && (depth > 0 || text.charAt(to) != '>'); to++) {
      char c = text.charAt(to);
      String close = text.startsWith("<!--", to) ? "-->" : c == '"' || c == '\'' ? "" + c : "";
      if (!close.isEmpty()) {
        int end = text.indexOf(close, to + 1);
        to = end < 0 ? text.length() - 1 : end + close.length() - 1;
      }
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    }
    int end = Math.min(text.length(), to + 1);
    String lines =
        "\n".repeat((int) text.substring(from, end).chars().filter(c -> c == '\n').count());
    return text.substring(0, from) + lines + text.substring(end);
  }

  private static boolean isOtherThanUtf8(String encoding) {
    return Charset.isSupported(encoding)
        && !Charset.forName(encoding).equals(StandardCharsets.UTF_8)
        && !encoding.toUpperCase(Locale.ROOT).startsWith("UTF-16");
  }

  /** The name of the current element. */
  public String name() {
    return in.getLocalName();
  }

  /** How deep the current element lies: 1 for the outermost. */
  public int depth() {
    return depth;
  }

  /**
   * Moves to the next element that starts inside the one at a depth.
   *
   * @return false when that element ends, or the document
   */
  public boolean nextElement(int outer) {
    for (int event; (event = event()) != XMLStreamConstants.END_DOCUMENT; ) {
      if (event == XMLStreamConstants.START_ELEMENT) {
        if (++depth > MAX_DEPTH) {
          throw fail(depth + " elements inside each other", "at most " + MAX_DEPTH);
        }
        return true;
      }
      if (event == XMLStreamConstants.END_ELEMENT && --depth < outer) {
        return false;
      }
    }
    return false;
  }

  /** The next event; the parser of the JDK meets some damage with unchecked exceptions. */
  private int event() {
    try {
      return in.hasNext() ? in.next() : XMLStreamConstants.END_DOCUMENT;
    } catch (XMLStreamException | RuntimeException e) {
      throw broken(e);
    }
  }

  /** The text of the current element, which holds no other; moves to its end. */
  public String text() {
    try {
      depth--;
      return in.getElementText();
    } catch (XMLStreamException | RuntimeException e) {
      throw broken(e);
    }
  }

  /** An attribute of the current element; null when it has none of this name. */
  public @Nullable String attribute(String name) {
    return in.getAttributeValue(null, name);
  }

  /** An attribute of the current element. */
  public String require(String name) {
    String value = attribute(name);
    if (value == null) {
      throw fail("element '" + name() + "' without '" + name + "'", "that attribute");
    }
    return value;
  }

  /** An attribute of the current element that is a number. */
  public double requireNumber(String name) {
    String text = require(name).strip();
    double value = TextScanner.number(text);
    if (!Double.isFinite(value)) {
      throw fail("%s=\"%s\"".formatted(name, ModelException.shorten(text)), "a finite number");
    }
    return value;
  }

  /** The words of a text. */
  static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
  }

  /** The numbers of a text, finite and not negative. */
  double[] numbers(String text, String what) {
    List<String> words = words(text);
    double[] numbers = new double[words.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = TextScanner.number(words.get(i));
      if (!(numbers[i] >= 0 && numbers[i] < Double.POSITIVE_INFINITY)) {
        throw fail(
            "found '" + ModelException.shorten(words.get(i)) + "'",
            what + ", a finite number, not negative");
      }
    }
    return numbers;
  }

  /** Where the reader is. */
  public String place() {
    return "line " + in.getLocation().getLineNumber();
  }

  /** A defect here. */
  public ModelException fail(String found, String expected) {
    return ModelException.at(source, place(), found, expected);
  }

  private ModelException broken(Exception e) {
    return new ModelException(
        "%s: %s: not an XML text: %s".formatted(source, place(), reason(e)), e);
  }

  private static String reason(Exception e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    int at = message.indexOf("Message:");
    return ModelException.shorten((at < 0 ? message : message.substring(at + 8)).strip());
  }
}
