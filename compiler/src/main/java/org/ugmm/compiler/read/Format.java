package org.ugmm.compiler.read;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.circuit.SpncReader;

/** The formats that are recognised, and how: by the first bytes, else by the ending of the name. */
enum Format {
  JSON(".json"),
  SAFETENSORS(".safetensors"),
  PSDD(".psdd"),
  JPC(".jpc"),
  SPN(".spn"),
  SDD(".sdd"),
  VTREE(".vtree"),
  NNF(".nnf"),
  SPFLOW(".spflow"),
  SPNC(".bin"),
  BIF(".bif"),
  XMLBIF(".xmlbif", ".xml"),
  XDSL(".xdsl"),
  UAI(".uai"),
  SKOPS(".skops"),
  PMML(".pmml"),
  PICKLE(".pkl", ".pickle", ".joblib", ".pt", ".pth");

  /*
   * A name lies more often than a content: files are renamed, downloaded as .txt, or share an ending
   * (.jpc is a text of Juice and a pickle of PyJuice). Where the content speaks, it is believed.
   */
  private static final int HEAD = 4_096;
  private static final Pattern ELEMENT = Pattern.compile("<([A-Za-z_][\\w.-]*)");
  private static final Pattern D4_NODE = Pattern.compile("[oatf] \\d+ 0");
  private static final Pattern DOMAINS = Pattern.compile("\\(\\s*\\d+(\\s+\\d+)*\\s*\\)");
  private static final Pattern EQUATION =
      Pattern.compile(
          "[(\\s]*([0-9.eE+-]+\\s*\\*\\s*\\(|[A-Z]\\w+\\s*\\([^|()]+\\|).*", Pattern.DOTALL);

  private final String[] endings;

  Format(String... endings) {
    this.endings = endings;
  }

  /** The format of a document; null when neither content nor name tells. */
  static @Nullable Format of(Source source) throws IOException {
    byte[] head = source.head(HEAD);
    Format byContent = ofBytes(head, source);
    if (byContent == null) {
      byContent = ofText(new String(head, StandardCharsets.ISO_8859_1));
    }
    return byContent == null ? ofName(source.plainName()) : byContent;
  }

  private static @Nullable Format ofBytes(byte[] head, Source source) throws IOException {
    // first, since the length of a header may begin with the bytes of a pickle
    if (head.length > 8 && head[6] == 0 && head[7] == 0 && head[8] == '{') {
      return SAFETENSORS;
    }
    if (head.length >= 2 && head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5) {
      return PICKLE;
    }
    if (startsWith(head, "PK\3\4")) {
      // PyTorch packs a pickle into a zip, skops a description and arrays
      return new String(head, StandardCharsets.ISO_8859_1).contains("data.pkl") ? PICKLE : SKOPS;
    }
    boolean mayBeMessage = head.length >= 16 && head[2] == 0 && head[3] == 0;
    return mayBeMessage && SpncReader.isMessage(source.readAll()) ? SPNC : null;
  }

  private static boolean startsWith(byte[] head, String magic) {
    for (int i = 0; i < magic.length(); i++) {
      if (i >= head.length || head[i] != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Format ofText(String head) {
    String text = withoutComments(head.startsWith("\u00ef\u00bb\u00bf") ? head.substring(3) : head);
    if (text.startsWith("{")) {
      return JSON;
    }
    if (text.startsWith("<")) {
      Matcher element = ELEMENT.matcher(text);
      return element.find() ? ofElement(element.group(1)) : null;
    }
    String line = text.lines().findFirst().orElse("").strip();
    if (D4_NODE.matcher(line).matches()) {
      return NNF;
    }
    if (DOMAINS.matcher(line).matches()) {
      return SPN;
    }
    if (EQUATION.matcher(text).matches()) {
      return SPFLOW;
    }
    return switch (line.split("[\\s{]", 2)[0]) {
      case "psdd" -> PSDD;
      case "jpc" -> JPC;
      case "sdd" -> SDD;
      case "vtree" -> VTREE;
      case "nnf" -> NNF;
      case "BAYES", "MARKOV" -> UAI;
      case "network", "variable" -> BIF;
      default -> null;
    };
  }

  private static @Nullable Format ofElement(String name) {
    return switch (name) {
      case "BIF" -> XMLBIF;
      case "smile" -> XDSL;
      case "PMML" -> PMML;
      default -> null;
    };
  }

  /** The text from its first line on that is neither empty nor a comment. */
  private static String withoutComments(String head) {
    String text = head.stripLeading();
    while (text.startsWith("c ")
        || text.startsWith("c\n")
        || text.startsWith("c\r")
        || text.startsWith("//")
        || text.startsWith("#")) {
      int end = text.indexOf('\n');
      text = end < 0 ? "" : text.substring(end + 1).stripLeading();
    }
    return text;
  }

  private static @Nullable Format ofName(String name) {
    for (Format format : values()) {
      for (String ending : format.endings) {
        if (name.endsWith(ending)) {
          return format;
        }
      }
    }
    return null;
  }

  /** All endings, for a message. */
  static String endings() {
    StringBuilder text = new StringBuilder();
    for (Format format : values()) {
      if (format != PICKLE && format != VTREE) {
        text.append(format.endings[0].toLowerCase(Locale.ROOT)).append(", ");
      }
    }
    return text.append(".circuit").toString();
  }
}
