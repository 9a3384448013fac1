package xrplsim

import "strings"

// The engine results that the ledger gives by itself. A Fault may give any.
const (
	tesSUCCESS = "tesSUCCESS"

	tecUNFUNDEDPAYMENT     = "tecUNFUNDED_PAYMENT"
	tecNODST               = "tecNO_DST"
	tecNODSTINSUFXRP       = "tecNO_DST_INSUF_XRP"
	tecUNFUNDED            = "tecUNFUNDED"
	tecNOALTERNATIVEKEY    = "tecNO_ALTERNATIVE_KEY"
	tecINSUFFEE            = "tecINSUFF_FEE"
	tecNOTARGET            = "tecNO_TARGET"
	tecNOPERMISSION        = "tecNO_PERMISSION"
	tecNOENTRY             = "tecNO_ENTRY"
	tecINSUFFICIENTRESERVE = "tecINSUFFICIENT_RESERVE"
	tecDSTTAGNEEDED        = "tecDST_TAG_NEEDED"
	tecINVARIANTFAILED     = "tecINVARIANT_FAILED"
	tecEXPIRED             = "tecEXPIRED"

	terNOACCOUNT = "terNO_ACCOUNT"
	terINSUFFEEB = "terINSUF_FEE_B"
	terPRESEQ    = "terPRE_SEQ"
	terPRETICKET = "terPRE_TICKET"
	terQUEUED    = "terQUEUED"

	tefPASTSEQ        = "tefPAST_SEQ"
	tefMAXLEDGER      = "tefMAX_LEDGER"
	tefBADAUTH        = "tefBAD_AUTH"
	tefMASTERDISABLED = "tefMASTER_DISABLED"
	tefNOTICKET       = "tefNO_TICKET"

	temMALFORMED     = "temMALFORMED"
	temBADAMOUNT     = "temBAD_AMOUNT"
	temBADEXPIRATION = "temBAD_EXPIRATION"
	temBADFEE        = "temBAD_FEE"
	temBADSIGNATURE  = "temBAD_SIGNATURE"
	temBADSIGNER     = "temBAD_SIGNER"
	temDSTISSRC      = "temDST_IS_SRC"
	temINVALIDFLAG   = "temINVALID_FLAG"
	temREDUNDANT     = "temREDUNDANT"

	telINSUFFEEP    = "telINSUF_FEE_P"
	telWRONGNETWORK = "telWRONG_NETWORK"
	telNEEDSNETWORK = "telREQUIRES_NETWORK_ID"
	telNONCANONICAL = "telNETWORK_ID_MAKES_TX_NON_CANONICAL"
	telCANNOTQUEUE  = "telCAN_NOT_QUEUE"
)

// meaning is what submit says of a result: rippled's TER.cpp has the codes and texts.
type meaning struct {
	code int
	text string
}

var meanings = map[string]meaning{
	tesSUCCESS:              {0, "The transaction was applied. Only final in a validated ledger."},
	tecUNFUNDEDPAYMENT:      {104, "Insufficient XRP balance to send."},
	tecNODST:                {124, "Destination does not exist. Send XRP to create it."},
	tecNODSTINSUFXRP:        {125, "Destination does not exist. Too little XRP sent to create it."},
	tecUNFUNDED:             {129, "Not enough XRP to satisfy the reserve requirement."},
	tecNOALTERNATIVEKEY:     {130, "The operation would remove the ability to sign transactions with the account."},
	tecINSUFFEE:             {136, "Insufficient balance to pay fee."},
	tecNOTARGET:             {138, "Target account does not exist."},
	tecNOPERMISSION:         {139, "No permission to perform requested operation."},
	tecNOENTRY:              {140, "No matching entry found."},
	tecINSUFFICIENTRESERVE:  {141, "Insufficient reserve to complete requested operation."},
	tecDSTTAGNEEDED:         {143, "A destination tag is required."},
	tecEXPIRED:              {148, "Expiration time is passed."},
	terINSUFFEEB:            {-97, "Account balance can't pay fee."},
	terNOACCOUNT:            {-96, "The source account does not exist."},
	terPRESEQ:               {-92, "Missing/inapplicable prior transaction."},
	terQUEUED:               {-89, "Held until escalated fee drops."},
	terPRETICKET:            {-88, "Ticket is not yet in ledger."},
	tefBADAUTH:              {-196, "Transaction's public key is not authorized."},
	tefPASTSEQ:              {-190, "This sequence number has already passed."},
	tefMASTERDISABLED:       {-188, "Master key is disabled."},
	tefMAXLEDGER:            {-187, "Ledger sequence too high."},
	tefNOTICKET:             {-180, "Ticket is not in ledger."},
	"tefALREADY":            {-198, "The exact transaction was already in this ledger."},
	temMALFORMED:            {-299, "Malformed transaction."},
	temBADAMOUNT:            {-298, "Malformed: Bad amount."},
	temBADEXPIRATION:        {-296, "Malformed: Bad expiration."},
	temBADFEE:               {-295, "Invalid fee, negative or not XRP."},
	temBADSIGNATURE:         {-282, "Malformed: Bad signature."},
	temDSTISSRC:             {-279, "Destination may not be source."},
	temINVALIDFLAG:          {-276, "The transaction has an invalid flag."},
	temREDUNDANT:            {-275, "The transaction is redundant."},
	temBADSIGNER:            {-272, "Malformed: No signer may duplicate account or other signers."},
	telINSUFFEEP:            {-394, "Fee insufficient."},
	telCANNOTQUEUE:          {-392, "Can not queue at this time."},
	"telCAN_NOT_QUEUE_FULL": {-387, "Can not queue at this time: queue is full."},
	telWRONGNETWORK:         {-386, "Transaction specifies a Network ID that differs from that of the local node."},
	telNEEDSNETWORK:         {-385, "Transactions submitted to this node/network must include a correct NetworkID field."},
	telNONCANONICAL:         {-384, "Transactions submitted to this node/network must NOT include a NetworkID field."},
}

// isTec reports whether a result costs the fee although the transaction has no effect.
func isTec(result string) bool { return strings.HasPrefix(result, "tec") }

// isLater reports whether a transaction with this result may still apply.
func isLater(result string) bool { return strings.HasPrefix(result, "ter") || isTec(result) }
