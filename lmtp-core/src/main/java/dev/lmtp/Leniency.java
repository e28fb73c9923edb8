package dev.lmtp;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which deviations of a peer are tolerated: a profile, or one with single switches set otherwise,
 * as {@code Leniency.STRICT.with(Deviation.NO_DOMAIN)}. It decides what is taken, never what is
 * sent, nor where a line or a content ends.
 *
 * @param tolerated cannot be changed
 */
public record Leniency(Set<Deviation> tolerated) {

  /** What real mail needs; the default. */
  public static final Leniency COMPATIBLE = upTo(Deviation.By.COMPATIBLE);

  /** The grammar of the RFCs, with what they tell a receiver to tolerate. */
  public static final Leniency STRICT = upTo(Deviation.By.STRICT);

  /** The RFCs' grammar less what mail today does not need and attackers like. */
  public static final Leniency PARANOID = new Leniency(Set.of());

  /** Everything there is a switch for: what the values hold. */
  static final Leniency WIDEST = new Leniency(EnumSet.allOf(Deviation.class));

  /** Keeps a copy. */
  public Leniency {
    Set<Deviation> copy = EnumSet.noneOf(Deviation.class);
    copy.addAll(tolerated);
    tolerated = Collections.unmodifiableSet(copy);
  }

  private static Leniency upTo(Deviation.By profile) {
    Set<Deviation> tolerated = EnumSet.allOf(Deviation.class);
    tolerated.removeIf(deviation -> deviation.toleratedBy().compareTo(profile) < 0);
    return new Leniency(tolerated);
  }

  /** This leniency and one deviation more. */
  public Leniency with(Deviation deviation) {
    Set<Deviation> more = EnumSet.of(deviation);
    more.addAll(tolerated);
    return new Leniency(more);
  }

  /** This leniency and one deviation less. */
  public Leniency without(Deviation deviation) {
    Set<Deviation> less = EnumSet.complementOf(EnumSet.of(deviation));
    less.retainAll(tolerated);
    return new Leniency(less);
  }

  /** Whether a deviation is tolerated. */
  public boolean tolerates(Deviation deviation) {
    return tolerated.contains(deviation);
  }

  /**
   * Whether a deviation that a peer was seen to use is tolerated; if so, it is noted.
   *
   * @param noted an {@link EnumSet}, for nothing to be allocated
   */
  public boolean tolerates(Deviation deviation, Set<Deviation> noted) {
    if (!tolerates(deviation)) {
      return false;
    }
    noted.add(deviation);
    return true;
  }
}
