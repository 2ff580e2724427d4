/** include/uapi/linux/netfilter/nfnetlink.h and nf_tables.h, kernel 6.12. Attribute types stand beside the tables that use them. */

export const NFNL_SUBSYS_NFTABLES = 10;
export const NFNL_MSG_BATCH_BEGIN = 0x10;
export const NFNL_MSG_BATCH_END = 0x11;
/** Group of events about rulesets, for a netlink socket of protocol NETLINK_NETFILTER. */
export const NFNLGRP_NFTABLES = 7;
/** The way of packets for which `meta nftrace` is set. */
export const NFNLGRP_NFTRACE = 9;

/** enum nf_tables_msg_types, with the subsystem in the upper byte as `nlmsg_type` has it. */
export const NFT_MSG_NEWTABLE = 0xa00;
export const NFT_MSG_GETTABLE = 0xa01;
export const NFT_MSG_DELTABLE = 0xa02;
export const NFT_MSG_NEWCHAIN = 0xa03;
export const NFT_MSG_GETCHAIN = 0xa04;
export const NFT_MSG_DELCHAIN = 0xa05;
export const NFT_MSG_NEWRULE = 0xa06;
export const NFT_MSG_GETRULE = 0xa07;
export const NFT_MSG_DELRULE = 0xa08;
export const NFT_MSG_NEWSET = 0xa09;
export const NFT_MSG_GETSET = 0xa0a;
export const NFT_MSG_DELSET = 0xa0b;
export const NFT_MSG_NEWSETELEM = 0xa0c;
export const NFT_MSG_GETSETELEM = 0xa0d;
export const NFT_MSG_DELSETELEM = 0xa0e;
export const NFT_MSG_NEWGEN = 0xa0f;
export const NFT_MSG_GETGEN = 0xa10;
export const NFT_MSG_TRACE = 0xa11;

/** enum nft_table_flags */
export const NFT_TABLE_F_DORMANT = 1;
export const NFT_TABLE_F_OWNER = 2;

/** enum nft_set_flags */
export const NFT_SET_ANONYMOUS = 0x1;
export const NFT_SET_CONSTANT = 0x2;
export const NFT_SET_INTERVAL = 0x4;
export const NFT_SET_MAP = 0x8;
export const NFT_SET_TIMEOUT = 0x10;
export const NFT_SET_EVAL = 0x20;
export const NFT_SET_CONCAT = 0x80;

/** enum nft_set_elem_flags */
export const NFT_SET_ELEM_INTERVAL_END = 1;
export const NFT_SET_ELEM_CATCHALL = 2;

/** enum nft_data_types */
export const NFT_DATA_VERDICT = 0xffffff00;
export const NFT_DATA_VALUE_MAXLEN = 64;

export const NFT_NAME_MAXLEN = 256;
export const NFT_USERDATA_MAXLEN = 256;

/** enum nft_lookup_flags, nft_limit_flags */
export const NFT_LOOKUP_F_INV = 1;
export const NFT_LIMIT_F_INV = 1;

/** enum nft_fib_flags */
export const NFTA_FIB_F_SADDR = 1;
export const NFTA_FIB_F_DADDR = 2;
export const NFTA_FIB_F_MARK = 4;
export const NFTA_FIB_F_IIF = 8;
export const NFTA_FIB_F_OIF = 16;
export const NFTA_FIB_F_PRESENT = 32;

// include/uapi/linux/netfilter/nf_nat.h
export const NF_NAT_RANGE_MAP_IPS = 1;
export const NF_NAT_RANGE_PROTO_SPECIFIED = 2;
export const NF_NAT_RANGE_PROTO_RANDOM = 4;
export const NF_NAT_RANGE_PERSISTENT = 8;
export const NF_NAT_RANGE_PROTO_RANDOM_FULLY = 16;

/** enum nft_reject_inet_code; and codes of ICMP (RFC 792) and ICMPv6 (RFC 4443) for the other types. */
export const NFT_REJECT_ICMPX_PORT_UNREACH = 1;
export const ICMP_PORT_UNREACH = 3;
export const ICMPV6_PORT_UNREACH = 4;
